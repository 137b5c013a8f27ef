import CPlatform
import Driver
import Glibc
import Memory

/// CPU time of a port per packet, on loopback, on one thread. The sender pays for the receiver's side of the kernel too, as
/// loopback has no card in between. Compare rows, never a row with a clock.
@main
struct DriverBench {
    static let receivers = 64
    static let packetBytes = 1200

    static func main() throws {
        _ = cp_pin_to_cpu(Int32(CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 0))
        let probe = PortProbe.host()
        if let refusal = probe.uringRefusal { print("io_uring: \(refusal)") }
        let backends: [PortConfiguration.Backend] = probe.uringRefusal == nil ? [.uring, .mmsg] : [.mmsg]
        print("CPU nanoseconds per packet of \(packetBytes) bytes; best of 5 of 300 rounds to \(receivers) receivers")
        for backend in backends {
            for isMerging in [false, true] {
                for segments in [1, 2, 3, 6, 12] {
                    let cost = try best { try sendCost(backend, probe, segments, isMerging) }
                    print(
                        "\(backend.rawValue) send \(segments) a run, receivers \(isMerging ? "with" : "without") GRO: \(cost)"
                    )
                }
            }
        }
        for backend in backends {
            for isMerging in [false, true] {
                for segments in [1, 6, 12] {
                    let cost = try best { try receiveCost(backend, probe, segments, isMerging) }
                    print(
                        "\(backend.rawValue) receive runs of \(segments), \(isMerging ? "with" : "without") GRO: \(cost)"
                    )
                }
            }
        }
        for backend in backends {
            print("\(backend.rawValue) exchange that finds nothing: \(try best { try idleCost(backend, probe) })")
        }
    }

    static func best(_ measure: () throws -> Double) rethrows -> Int {
        var lowest = Double.infinity
        for _ in 0..<5 { lowest = min(lowest, try measure()) }
        return Int(lowest.rounded())
    }

    static func sendCost(
        _ backend: PortConfiguration.Backend, _ probe: PortProbe, _ segments: Int, _ isMerging: Bool
    ) throws -> Double {
        let stand = try Stand(backend, probe, merging: true)
        let others = try PortGroup(count: receivers, merging: isMerging)
        defer { others.close() }
        var spent: UInt64 = 0
        let rounds = 300
        for round in 0..<rounds + 20 {
            for index in 0..<receivers { stand.push(to: others.endpoint(index), segments: segments) }
            let start = cp_thread_cpu_nanoseconds()
            stand.port.flush(&stand.departures)
            if round >= 20 { spent += cp_thread_cpu_nanoseconds() - start }
            others.drain()
        }
        return Double(spent) / Double(rounds * receivers * segments)
    }

    static func receiveCost(
        _ backend: PortConfiguration.Backend, _ probe: PortProbe, _ segments: Int, _ isMerging: Bool
    ) throws -> Double {
        let stand = try Stand(backend, probe, merging: isMerging)
        let sender = try Stand(.mmsg, probe, merging: true)
        var spent: UInt64 = 0
        let rounds = 300
        let before = stand.port.counters.datagrams
        var skipped: UInt64 = 0
        for round in 0..<rounds + 20 {
            for _ in 0..<receivers { sender.push(to: stand.endpoint, segments: segments) }
            sender.port.flush(&sender.departures)
            if round == 20 { skipped = stand.port.counters.datagrams }
            let start = cp_thread_cpu_nanoseconds()
            let target = before + UInt64((round + 1) * receivers * segments)
            while stand.port.counters.datagrams < target {
                stand.port.exchange(&stand.departures, &stand.arrivals, deadline: stand.port.now() + 100_000_000)
                guard stand.arrivals.count > 0 else { fatalError("lost datagrams") }
                stand.port.recycle(&stand.arrivals)
            }
            if round >= 20 { spent += cp_thread_cpu_nanoseconds() - start }
        }
        return Double(spent) / Double(stand.port.counters.datagrams - skipped)
    }

    static func idleCost(_ backend: PortConfiguration.Backend, _ probe: PortProbe) throws -> Double {
        let stand = try Stand(backend, probe, merging: true)
        let start = cp_thread_cpu_nanoseconds()
        for _ in 0..<100_000 { stand.port.exchange(&stand.departures, &stand.arrivals, deadline: 0) }
        return Double(cp_thread_cpu_nanoseconds() - start) / 100_000
    }
}

/// A port with its memory.
final class Stand {
    var port: Port
    var departures: Departures
    var arrivals: Arrivals
    let arena: Arena
    let socket: PortSocket

    init(_ backend: PortConfiguration.Backend, _ probe: PortProbe, merging: Bool) throws {
        var configuration = PortConfiguration()
        configuration.backend = backend
        configuration.runs = 128
        let bytes = configuration.arenaBytes + Departures.byteCount(capacity: 128) + Arrivals.byteCount(capacity: 128)
        var arena = Arena(byteCount: bytes)!
        socket = try PortSocket.open(address: "::", port: 0)
        if !merging { setMerging(socket.descriptor, false) }
        departures = Departures(arena: &arena, capacity: 128)
        arrivals = Arrivals(arena: &arena, capacity: 128)
        port = try Port(socket: socket, doorbell: -1, configuration: configuration, probe: probe, arena: &arena)
        self.arena = arena
    }

    deinit { socket.close() }

    var endpoint: Endpoint { Endpoint(ipv4: 0x7F00_0001, port: socket.port) }

    func push(to destination: Endpoint, segments: Int) {
        let cell = departures.takeCell()!
        let bytes = segments * DriverBench.packetBytes
        departures.push(
            Run(
                cell: cell, byteCount: UInt32(bytes), segmentBytes: UInt16(DriverBench.packetBytes),
                segments: UInt16(segments), destination: destination))
    }
}

/// Sockets that receive and throw away.
struct PortGroup {
    let sockets: [PortSocket]

    init(count: Int, merging: Bool) throws {
        sockets = try (0..<count).map { _ in try PortSocket.open(address: "127.0.0.1", port: 0) }
        if !merging { for socket in sockets { setMerging(socket.descriptor, false) } }
    }

    func endpoint(_ index: Int) -> Endpoint { Endpoint(ipv4: 0x7F00_0001, port: sockets[index].port) }
    func close() { for socket in sockets { socket.close() } }

    func drain() {
        var byte: UInt8 = 0
        for socket in sockets { while recv(socket.descriptor, &byte, 1, Int32(MSG_TRUNC)) > 0 {} }
    }
}

func setMerging(_ descriptor: Int32, _ isOn: Bool) {
    var value: Int32 = isOn ? 1 : 0
    setsockopt(descriptor, Int32(IPPROTO_UDP), UDP_GRO, &value, 4)
}
