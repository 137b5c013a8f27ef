import CLoad
import CPlatform
import Driver
import Glibc
import Memory
import Synchronization

/// What receiving costs by kind and size of buffer: a sender on another processor sends a burst each time it is asked.
struct Receive {
    let options: ReceiveOptions

    func run() throws(BenchError) {
        _ = cp_pin_to_cpu(Int32(options.cpu))
        for packets in options.runs {
            for bufferBytes in options.bufferBytes { try measure(packets, bufferBytes) }
        }
    }

    private func measure(_ packets: Int, _ bufferBytes: Int) throws(BenchError) {
        let socket: PortSocket
        do throws(PortError) { socket = try PortSocket.open(address: "::", port: 0) } catch {
            throw BenchError("\(error)")
        }
        defer { socket.close() }
        if options.isPlain { setPlain(socket.descriptor) }
        var stand = try ReceiveStand.make(options, bufferBytes: bufferBytes, socket: socket)
        let sender = try BurstSender(options, packets: packets, port: socket.port)
        sender.start()
        _ = series(&stand, sender, packets, seconds: options.seconds / 8)
        let (before, ends, truncated) = (stand.completions, stand.ends, stand.truncated)
        let (cpu, datagrams) = series(&stand, sender, packets, seconds: options.seconds)
        sender.stop()
        print(
            """
            {"kind":"\(options.kindName)","buffers":\(options.buffers),"bufferBytes":\(bufferBytes),\
            "packetsPerRun":\(packets),"bytes":\(options.bytes),"burst":\(options.burst),"merging":\(!options.isPlain),\
            "nanosecondsPerPacket":\(Double(cpu) / Double(datagrams)),"datagrams":\(datagrams),\
            "packetsPerCompletion":\(Double(datagrams) / Double(stand.completions - before)),\
            "truncated":\(stand.truncated - truncated),"ends":\(stand.ends - ends)}
            """)
        fflush(nil)
    }

    /// CPU nanoseconds of this thread and datagrams. The sender rests while a burst is received, so that its work does not
    /// fall into this thread's time.
    private func series(
        _ stand: inout ReceiveStand, _ sender: BurstSender, _ packets: Int, seconds: Double
    ) -> (UInt64, Int) {
        let end = cl_now() + UInt64(seconds * 1e9)
        var cpu: UInt64 = 0
        var datagrams = 0
        while cl_now() < end {
            let expected = stand.bytesReceived + options.burst * packets * options.bytes
            let completions = stand.completions
            sender.send()
            let start = cp_thread_cpu_nanoseconds()
            while stand.bytesReceived < expected {
                let seen = stand.completions
                stand.turn()
                // What is cut short never adds up to the bytes that were sent.
                if options.isPlain, stand.completions - completions >= options.burst * packets { break }
                if stand.completions == seen, !stand.hasEnded { break }
            }
            cpu += cp_thread_cpu_nanoseconds() - start
            datagrams += options.burst * packets
        }
        return (cpu, datagrams)
    }

    private func setPlain(_ descriptor: Int32) {
        var value: Int32 = 0
        setsockopt(descriptor, Int32(IPPROTO_UDP), UDP_GRO, &value, 4)
    }
}

/// Sends a burst of runs each time it is asked, from a thread of its own.
final class BurstSender: Sendable {
    private let asked = Atomic(0)
    private let done = Atomic(0)
    private let isStopping = Atomic(false)
    private let thread = Atomic<UInt64>(0)
    private let socket: Int32
    private let cpu: Int
    private let burst: Int
    private let packets: Int
    private let bytes: Int

    init(_ options: ReceiveOptions, packets: Int, port: UInt16) throws(BenchError) {
        (cpu, burst, self.packets, bytes) = (options.senderCpu, options.burst, packets, options.bytes)
        var address = [UInt8](repeating: 0, count: 16)
        Endpoint(ipv4: 0x7F00_0001, port: port).copyAddress(to: &address)
        socket = cl_socket_new(address, port, 2 << 20)
        guard socket >= 0 else { throw BenchError("there is no descriptor for the sender") }
        var size = Int32(bytes)
        if packets > 1 { setsockopt(socket, Int32(IPPROTO_UDP), UDP_SEGMENT, &size, 4) }
    }

    deinit { cl_close(socket) }

    func start() {
        var handle: UInt64 = 0
        let argument = Unmanaged.passUnretained(self).toOpaque()
        precondition(cp_spawn(&handle, 0, { senderMain($0) }, argument) == 0, "no thread for the sender")
        thread.store(handle, ordering: .relaxed)
    }

    /// Returns once everything lies in the receiver's socket.
    func send() {
        let number = asked.add(1, ordering: .releasing).newValue
        while done.load(ordering: .acquiring) < number {}
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
        _ = cp_join(thread.load(ordering: .relaxed))
    }

    fileprivate func work() {
        _ = cp_pin_to_cpu(Int32(cpu))
        let memory = [UInt8](repeating: 7, count: packets * bytes)
        var number = 0
        while !isStopping.load(ordering: .relaxed) {
            guard asked.load(ordering: .acquiring) > number else { continue }
            for _ in 0..<burst { _ = Glibc.send(socket, memory, memory.count, 0) }
            number += 1
            done.store(number, ordering: .releasing)
        }
    }
}

private func senderMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<BurstSender>.fromOpaque(argument!).takeUnretainedValue().work()
    return nil
}
