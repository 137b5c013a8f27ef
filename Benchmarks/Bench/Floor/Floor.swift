import CLoad
import CPlatform
import Driver
import Glibc
import Memory

/// What a machine can do at best: encrypt and send, and nothing else, by the driver and the ciphers that the server uses. No
/// packet is received, looked up, chosen or rewritten.
struct Floor {
    let options: FloorOptions

    init(_ options: FloorOptions) { self.options = options }

    func run() throws(BenchError) {
        _ = cp_pin_to_cpu(Int32(options.cpu))
        cl_exact_timers()
        let socket: PortSocket
        do throws(PortError) { socket = try PortSocket.open(address: "::", port: 0) } catch {
            throw BenchError("\(error)")
        }
        defer { socket.close() }
        var stand = try FloorStand.make(options, socket: socket)
        let receivers = try Receivers(
            count: options.receivers, port: socket.port, cpu: options.receiverCpu, isPlain: options.plainReceivers)
        stand.aim(at: options.sink.map { [Endpoint](repeating: $0, count: options.receivers) } ?? receivers.endpoints)
        receivers.start()
        for bytes in options.sizes {
            for packets in options.runs { measure(&stand, receivers, packets: packets, bytes: bytes) }
        }
        receivers.stop()
    }

    private func measure(_ stand: inout FloorStand, _ receivers: Receivers, packets: Int, bytes: Int) {
        let droppedBefore = receivers.dropped
        _ = series(&stand, packets: packets, bytes: bytes, seconds: options.seconds / 8)
        let before = stand.counters
        let result = series(&stand, packets: packets, bytes: bytes, seconds: options.seconds)
        let counters = stand.counters
        let sent = Double(counters.segments - before.segments)
        let costs = result.costs.sorted()
        let times = result.times.sorted()
        func time(_ share: Double) -> UInt64 { times[min(times.count - 1, Int(Double(times.count) * share))] }
        print(
            """
            {"bytes":\(bytes),"packetsPerRun":\(packets),"receivers":\(options.receivers),\
            "srtp":"\(options.profileName)","library":"\(options.libraryName)","paceMilliseconds":\(options.paceMilliseconds),\
            "mergingReceivers":\(!options.plainReceivers),"bursts":\(times.count),\
            "nanosecondsPerPacket":\(costs[costs.count / 2]),\
            "fanoutNanoseconds":{"p50":\(time(0.5)),"p99":\(time(0.99)),"p999":\(time(0.999))},\
            "packetsPerEnter":\(sent / Double(counters.kernelEnters - before.kernelEnters)),\
            "zeroCopySends":\(counters.zeroCopySends - before.zeroCopySends),\
            "zeroCopySendsCopied":\(counters.zeroCopySendsCopied - before.zeroCopySendsCopied),\
            "zeroCopySendsRefused":\(counters.zeroCopySendsRefused - before.zeroCopySendsRefused),\
            "pages":"\(options.pagesName)",\
            "sendErrors":\(counters.sendErrors.total - before.sendErrors.total),\
            "sendsDeferred":\(counters.sendsDeferred - before.sendsDeferred),\
            "receiversDropped":\(receivers.dropped - droppedBefore)}
            """)
        fflush(nil)
    }

    /// CPU nanoseconds per packet and wall nanoseconds, burst by burst.
    private func series(
        _ stand: inout FloorStand, packets: Int, bytes: Int, seconds: Double
    ) -> (costs: [Double], times: [UInt64]) {
        var costs: [Double] = []
        var times: [UInt64] = []
        let end = cl_now() + UInt64(seconds * 1e9)
        var next = cl_now()
        while cl_now() < end || times.count < 3 {
            let (cpu, wall) = (cp_thread_cpu_nanoseconds(), cl_now())
            stand.burst(packets: packets, bytes: bytes)
            times.append(cl_now() - wall)
            costs.append(Double(cp_thread_cpu_nanoseconds() - cpu) / Double(packets * options.receivers))
            // Everything reaches the receivers within the send: the pause lets them empty their buffers.
            next = max(next + UInt64(options.paceMilliseconds * 1e6), cl_now())
            if options.paceMilliseconds > 0 { cl_sleep_until(next) }
        }
        return (costs, times)
    }
}
