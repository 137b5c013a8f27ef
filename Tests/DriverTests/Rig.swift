import CPlatform
import Driver
import Glibc
import Memory

/// What this host permits, tried once for all tests.
let hostProbe = PortProbe.host()

/// The backends that can be tested here.
let backends: [PortConfiguration.Backend] = hostProbe.uringRefusal == nil ? [.uring, .mmsg] : [.mmsg]

/// A port with all that belongs to it, on loopback. Used by one thread.
final class Rig {
    // Destroyed in this order: the port before the memory that it uses.
    var port: Port
    var departures: Departures
    var arrivals: Arrivals
    var arena: Arena
    let socket: PortSocket
    let bell: Doorbell
    let cells: Int

    init(
        _ backend: PortConfiguration.Backend, address: String = "::", buffers: Int = 32, cells: Int = 16,
        arrivals capacity: Int = 32, probe: PortProbe = hostProbe, socketBytes: Int32 = PortSocket.bufferBytes,
        socket given: PortSocket? = nil, patient: PortSocket? = nil, waiting: Waiting = Waiting(),
        zeroCopyBytes: UInt32 = 0, connections: Int = 0
    ) throws {
        var configuration = PortConfiguration()
        configuration.backend = backend
        configuration.receiveBuffers = buffers
        configuration.runs = cells
        configuration.waiting = waiting
        configuration.connections = connections
        configuration.zeroCopyBytes = zeroCopyBytes
        self.cells = cells
        let bytes =
            configuration.arenaBytes + Departures.byteCount(capacity: cells) + Arrivals.byteCount(capacity: capacity)
        var arena = Arena(byteCount: bytes, useHugePages: false)!
        socket = try given ?? PortSocket.open(address: address, port: 0, bufferBytes: socketBytes)
        bell = Doorbell()!
        departures = Departures(arena: &arena, capacity: cells)
        arrivals = Arrivals(arena: &arena, capacity: capacity)
        port = try Port(
            socket: socket, patient: patient, doorbell: bell.descriptor, configuration: configuration, probe: probe,
            arena: &arena)
        self.arena = arena
    }

    deinit {
        socket.close()
        bell.close()
    }

    // Copies, because #expect cannot look into a noncopyable value.
    var arrived: Int { arrivals.count }
    var freeCells: Int { departures.freeCount }
    var freeBuffers: Int { port.freeReceiveBuffers }
    var counters: PortCounters { port.counters }
    var tcp: TcpCounters { port.tcpCounters }
    func adopt(_ client: TcpClient) -> Bool { port.adopt(client.accepted, source: client.source) }
    var backend: PortConfiguration.Backend { port.backend }
    var note: String? { port.note }
    var doorbellRang: Bool { port.doorbellRang }

    var loopback6: Endpoint { Endpoint(high: 0, low: UInt64(1).bigEndian, port: socket.port) }
    var loopback4: Endpoint { Endpoint(ipv4: 0x7F00_0001, port: socket.port) }

    /// Pushes one run whose byte i is `seed &+ i`; false when no cell is free.
    @discardableResult
    func push(to destination: Endpoint, byteCount: Int, segmentBytes: Int, seed: UInt8 = 0) -> Bool {
        guard let cell = departures.takeCell() else { return false }
        let memory = departures.memory(of: cell)
        for index in 0..<byteCount {
            memory.storeBytes(of: seed &+ UInt8(truncatingIfNeeded: index), toByteOffset: index, as: UInt8.self)
        }
        let segments = max(1, (byteCount + segmentBytes - 1) / max(segmentBytes, 1))
        departures.push(
            Run(
                cell: cell, byteCount: UInt32(byteCount), segmentBytes: UInt16(segmentBytes),
                segments: UInt16(segments),
                destination: destination))
        return true
    }

    /// Exchanges until something is there or two seconds have passed.
    func receive() {
        let deadline = port.now() + 2_000_000_000
        while arrivals.count == 0, port.now() < deadline {
            port.exchange(&departures, &arrivals, deadline: deadline)
        }
    }

    /// Exchanges without waiting.
    func poll() { port.exchange(&departures, &arrivals, deadline: 0) }

    /// Exchanges until all cells are free or two seconds have passed; what arrives is kept.
    func comeHome() {
        let deadline = port.now() + 2_000_000_000
        while departures.freeCount < cells, port.now() < deadline { poll() }
    }

    func recycle() { port.recycle(&arrivals) }

    /// Whether an arrival's bytes are those that `push` wrote.
    func holds(_ arrival: Arrival, seed: UInt8) -> Bool {
        for index in 0..<Int(arrival.byteCount) {
            let byte = arrival.bytes.load(fromByteOffset: index, as: UInt8.self)
            if byte != seed &+ UInt8(truncatingIfNeeded: index) { return false }
        }
        return true
    }
}

/// A plain UDP socket of the other side.
struct PlainSocket: ~Copyable {
    let descriptor: Int32
    let port: UInt16

    init(ipv4: Bool = true) {
        descriptor = Glibc.socket(ipv4 ? AF_INET : AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
        var name = sockaddr_in6()
        var length = socklen_t(ipv4 ? 16 : 28)
        let descriptor = descriptor
        port = withUnsafeMutableBytes(of: &name) { bytes in
            bytes.storeBytes(of: UInt16(ipv4 ? AF_INET : AF_INET6), as: UInt16.self)
            if ipv4 {
                bytes.storeBytes(of: UInt32(0x7F00_0001).bigEndian, toByteOffset: 4, as: UInt32.self)
            } else {
                bytes.storeBytes(of: 1, toByteOffset: 23, as: UInt8.self)
            }
            let address = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            precondition(bind(descriptor, address, length) == 0)
            precondition(getsockname(descriptor, address, &length) == 0)
            return UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next datagram; nil after two seconds.
    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// `destination` is of this socket's family.
    func send(_ bytes: [UInt8], to destination: Endpoint) {
        let slot = UnsafeMutablePointer<cp_send_slot>.allocate(capacity: 1)
        defer { slot.deallocate() }
        cp_send_slot_init(slot)
        cp_send_slot_name(slot, destination.high, destination.low, destination.port, destination.isIPv4)
        var bytes = bytes
        let sent = bytes.withUnsafeMutableBytes { buffer in
            cp_send_slot_bytes(slot, buffer.baseAddress, buffer.count, 0)
            return sendmsg(descriptor, cp_send_slot_header(slot), 0)
        }
        precondition(sent == bytes.count, "sendmsg: \(sent), errno \(errno)")
    }
}
