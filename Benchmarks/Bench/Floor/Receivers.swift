import CLoad
import CPlatform
import Glibc
import Memory
import Synchronization

/// The other end, as the load generator makes it: connected sockets with UDP_GRO and the kernel's time stamps, read by one
/// thread on another processor, which rests between two looks. It throws everything away.
final class Receivers: Sendable {
    let endpoints: [Endpoint]
    private let sockets: [Int32]
    private let poll: Int32
    private let cpu: Int
    private let isStopping = Atomic(false)
    private let thread = Atomic<UInt64>(0)

    static let restNanoseconds: UInt64 = 400_000

    init(count: Int, port: UInt16, cpu: Int, isPlain: Bool) throws(BenchError) {
        self.cpu = cpu
        _ = cl_raise_descriptors()
        poll = cl_poll_new()
        var address = [UInt8](repeating: 0, count: 16)
        Endpoint(ipv4: 0x7F00_0001, port: port).copyAddress(to: &address)
        var sockets: [Int32] = []
        for index in 0..<count {
            let socket = cl_socket_new(address, port, 2 << 20)
            guard socket >= 0, cl_poll_add(poll, socket, UInt32(index)) == 0 else {
                throw BenchError("there are no descriptors for \(count) receivers")
            }
            if isPlain { Self.refuseMerging(socket) }
            sockets.append(socket)
        }
        self.sockets = sockets
        endpoints = sockets.map { Endpoint(ipv4: 0x7F00_0001, port: Self.port(of: $0)) }
    }

    deinit {
        for socket in sockets { cl_close(socket) }
        cl_close(poll)
    }

    private static func refuseMerging(_ socket: Int32) {
        var value: Int32 = 0
        setsockopt(socket, Int32(IPPROTO_UDP), UDP_GRO, &value, 4)
    }

    private static func port(of socket: Int32) -> UInt16 {
        var name = sockaddr_in()
        var length = socklen_t(16)
        _ = withUnsafeMutablePointer(to: &name) {
            getsockname(socket, UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self), &length)
        }
        return UInt16(bigEndian: name.sin_port)
    }

    /// Datagrams that no receiver read in time: then the sender had it too easy.
    var dropped: UInt64 { sockets.reduce(0) { $0 + UInt64(cl_dropped($1)) } }

    func start() {
        var handle: UInt64 = 0
        let argument = Unmanaged.passUnretained(self).toOpaque()
        precondition(cp_spawn(&handle, 0, { receiversMain($0) }, argument) == 0, "no thread for the receivers")
        thread.store(handle, ordering: .relaxed)
    }

    /// Without a thread: reads everything that is there.
    func drain() {
        var byte: UInt8 = 0
        for socket in sockets { while recv(socket, &byte, 1, Int32(MSG_TRUNC)) > 0 {} }
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
        _ = cp_join(thread.load(ordering: .relaxed))
    }

    fileprivate func work() {
        _ = cp_pin_to_cpu(Int32(cpu))
        cl_exact_timers()
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: Int(CL_MESSAGES * CL_MESSAGE_BYTES))
        defer { memory.deallocate() }
        var tags = [UInt32](repeating: 0, count: 256)
        var received = [cl_received](repeating: cl_received(), count: Int(CL_MESSAGES))
        while !isStopping.load(ordering: .relaxed) {
            let count = cl_poll_wait(poll, &tags, 256, 0)
            if count <= 0 { cl_sleep_until(cl_now() + Self.restNanoseconds) }
            for index in 0..<max(Int(count), 0) { _ = cl_receive(sockets[Int(tags[index])], memory, &received) }
        }
    }
}

private func receiversMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<Receivers>.fromOpaque(argument!).takeUnretainedValue().work()
    return nil
}
