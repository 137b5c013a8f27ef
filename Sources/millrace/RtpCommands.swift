import ArgumentParser
import CPlatform
import Foundation
import Glibc
import Load

struct RtpSendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rtp-send",
        abstract: "Send plain RTP to a reflector, and measure what comes back: loss, order, round trip, rate.",
        discussion: """
            For links, ports and network cards rather than SFUs. The other end runs millrace load rtp-reflect. Every \
            packet carries its number, the time and a pattern.

            The exit status is 1 when nothing came back or, with --strict, when anything was lost, reordered, doubled or \
            changed; 2 when the run did not come about; with --strict 3 when this end was the limit.
            """)

    @Option(help: "The reflector: HOST:PORT.")
    var to: String
    @Option(help: "Rate of all streams together in kbit/s of UDP payload.")
    var kbps: Double?
    @Option(help: "Rate of all streams together in packets per second; 0 for as many as possible. (default: 1000)")
    var pps: Double?
    @Option(help: "Bytes of UDP payload in a packet.")
    var size = 1200
    @Option(help: "RTP streams, each with an SSRC of its own.")
    var streams = 1
    @Option(help: "Packets that leave by one send (UDP_SEGMENT).")
    var segments = 1
    @Option(help: "How long to send, such as 10s or 2m.")
    var duration = "10s"
    @Option(help: "Pin to this processor.")
    var cpu: Int?
    @Option(help: "Write the report as JSON to this file.")
    var json: String?
    @Flag(help: "Fail when anything was lost, reordered, doubled or changed.")
    var strict = false

    func run() throws {
        do throws(LoadError) {
            try LoadCommand.pin(cpu)
            guard let address = RtpAddress(to) else { throw LoadError("--to \(to): expected HOST:PORT") }
            var sender = try RtpSender.make(to: address, options: try options())
            LoadInterrupt.listen()
            let progress = LoadProgress()
            sender.run { report in
                progress.show("sent \(report.sent) · came back \(report.received)")
                return LoadInterrupt.isSet()
            }
            progress.end()
            try finish(sender.report)
        } catch { throw LoadCommand.failed(error) }
    }

    private func finish(_ report: RtpReport) throws(LoadError) {
        print(report.text, terminator: "")
        do {
            if let json { try Data(try report.json().utf8).write(to: URL(fileURLWithPath: json)) }
        } catch { throw LoadError("--json \(json ?? ""): \(error)") }
        if strict, !report.saturation.isEmpty { throw LoadFailure.limited }
        if report.received == 0 || (strict && !report.isClean) { throw LoadFailure.notClean }
    }

    private func options() throws(LoadError) -> RtpSendOptions {
        guard kbps == nil || pps == nil else { throw LoadError("--kbps and --pps exclude each other") }
        var options = RtpSendOptions()
        options.packetBytes = size
        options.streams = streams
        options.segments = segments
        options.durationSeconds = try LoadCommand.seconds(duration, of: "--duration")
        if let kbps { options.packetsPerSecond = kbps * 1000 / 8 / Double(max(size, 1)) }
        if let pps { options.packetsPerSecond = pps == 0 ? nil : pps }
        return options
    }
}

struct RtpReflectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rtp-reflect",
        abstract: "Send every UDP datagram back to where it came from, on the server's driver.",
        discussion: "Ends with SIGINT or after --duration, and tells what it saw.")

    @Option(help: "Where to listen: HOST:PORT, port 0 for any.")
    var listen = "127.0.0.1:5004"
    @Option(help: "End after this time, such as 30s; by default it goes on.")
    var duration: String?
    @Option(help: "Pin to this processor.")
    var cpu: Int?

    func run() throws {
        do throws(LoadError) {
            try LoadCommand.pin(cpu)
            guard let address = RtpAddress(listen) else { throw LoadError("--listen \(listen): expected HOST:PORT") }
            var seconds = Double.infinity
            if let duration { seconds = try LoadCommand.seconds(duration, of: "--duration") }
            var reflector = try RtpReflector.make(listen: address)
            print("reflecting on \(address.host):\(reflector.localPort) by \(reflector.backend)")
            fflush(nil)
            LoadInterrupt.listen()
            let progress = LoadProgress()
            let began = cp_now()
            reflector.run { counters in
                progress.show("\(counters.packets) packets")
                return LoadInterrupt.isSet() || Double(cp_now() - began) / 1e9 >= seconds
            }
            progress.end()
            tell(reflector.counters)
        } catch { throw LoadCommand.failed(error) }
    }

    private func tell(_ counters: RtpReflector.Counters) {
        let cost = counters.packets == 0 ? 0 : counters.cpuNanoseconds / counters.packets
        let length = counters.runs == 0 ? 0 : Double(counters.packets) / Double(counters.runs)
        print(
            "reflected \(counters.packets) packets, \(counters.bytes) bytes; \(String(format: "%.2f", length)) packets a send, "
                + "\(cost) ns CPU a packet, \(counters.refused) sends refused")
    }
}
