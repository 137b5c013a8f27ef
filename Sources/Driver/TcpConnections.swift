import CPlatform
import Memory

/// The TCP connections of one port: STUN, DTLS and media in frames (RFC 4571), as ICE-TCP has them (RFC 6544).
///
/// Both backends use it; they differ in how bytes come and go. A connection's memory is a buffer for one receive, in which
/// at most a part of a frame is left over, and a ring of whole frames that wait to be sent. Nothing grows: what finds no
/// room in the ring is dropped as a whole frame, video first.
///
/// A connection is a stranger's until `prove`: what the engine has not recognised when the burst with its first frame is
/// over is ended.
struct TcpConnections: ~Copyable {
    let capacity: Int
    /// For the backend that has one; -1 elsewhere.
    let epoll: Int32
    let connections: UnsafeMutablePointer<TcpConnection>
    private let receiveMemory: UnsafeMutableRawPointer
    private let sendMemory: UnsafeMutableRawPointer
    private let free: UnsafeMutablePointer<UInt16>
    private var freeCount: Int
    private(set) var ready: ConnectionQueue
    private(set) var lent: ConnectionQueue
    private(set) var toReceive: ConnectionQueue
    private(set) var toSend: ConnectionQueue
    private(set) var strangers: ConnectionQueue
    var counters = TcpCounters()
    /// Without huge pages: most of it is never touched.
    private let arena: Arena

    static let receiveBytes = 16384
    static let sendBytes = 131072
    /// Video is dropped when this much waits; the rest is for sound, STUN, DTLS and reports.
    static let videoBytesMax = sendBytes / 4 * 3

    /// Nil without memory or a descriptor. `capacity` 0 is a port without TCP.
    init?(capacity: Int, usesEpoll: Bool) {
        precondition(capacity < 65535)
        let queues = ConnectionHolds.queueCount * ConnectionQueue.arenaBytes(capacity)
        let perConnection = MemoryLayout<TcpConnection>.stride + Self.receiveBytes + Self.sendBytes + 2
        guard var arena = Arena(byteCount: capacity * perConnection + queues + 16384, useHugePages: false) else {
            return nil
        }
        let descriptor = usesEpoll && capacity > 0 ? cp_epoll_open() : -1
        guard descriptor >= 0 || !usesEpoll || capacity == 0 else { return nil }
        epoll = descriptor
        self.capacity = capacity
        connections = arena.take(repeating: TcpConnection(), count: capacity)
        receiveMemory = arena.takeBytes(capacity * Self.receiveBytes, alignment: 4096)
        sendMemory = arena.takeBytes(capacity * Self.sendBytes, alignment: 4096)
        free = arena.take(UInt16.self, count: capacity)
        for index in 0..<capacity { free[index] = UInt16(capacity - 1 - index) }
        freeCount = capacity
        ready = ConnectionQueue(arena: &arena, capacity: capacity)
        lent = ConnectionQueue(arena: &arena, capacity: capacity)
        toReceive = ConnectionQueue(arena: &arena, capacity: capacity)
        toSend = ConnectionQueue(arena: &arena, capacity: capacity)
        strangers = ConnectionQueue(arena: &arena, capacity: capacity)
        self.arena = arena
    }

    deinit {
        for index in 0..<capacity where connections[index].descriptor >= 0 { cp_close(connections[index].descriptor) }
        if epoll >= 0 { cp_close(epoll) }
    }

    /// In memory of its own. A backend that held the value itself would have its init end by an error after it was made, and
    /// Swift 6.3's optimiser then destroys the place of the value before anything is in it: it closes whatever descriptors
    /// the stack happens to name.
    static func allocate(capacity: Int, usesEpoll: Bool) -> UnsafeMutablePointer<TcpConnections>? {
        guard let made = TcpConnections(capacity: capacity, usesEpoll: usesEpoll) else { return nil }
        let place = UnsafeMutablePointer<TcpConnections>.allocate(capacity: 1)
        place.initialize(to: made)
        return place
    }

    /// The end of what `allocate` gave.
    static func free(_ place: UnsafeMutablePointer<TcpConnections>) {
        place.deinitialize(count: 1)
        place.deallocate()
    }

    func receiveBuffer(_ index: Int) -> UnsafeMutableRawPointer { receiveMemory + index * Self.receiveBytes }

    func sendRing(_ index: Int) -> UnsafeMutableRawPointer { sendMemory + index * Self.sendBytes }

    /// The place of a connection by its name; nil when it is another's by now.
    func index(of name: UInt32) -> Int? {
        let index = ConnectionName.index(name)
        guard index >= 0, index < capacity, connections[index].descriptor >= 0,
            connections[index].source.connection == name
        else { return nil }
        return index
    }
}

/// Coming and going.
extension TcpConnections {
    /// Takes a connected descriptor over. False when there are as many as can be; it is then still the caller's.
    mutating func adopt(_ descriptor: Int32, source: Endpoint) -> Bool {
        guard freeCount > 0, epoll < 0 || cp_epoll_add(epoll, descriptor, UInt32(free[freeCount - 1]), false) == 0
        else {
            counters.refused &+= 1
            return false
        }
        freeCount -= 1
        let index = Int(free[freeCount])
        let generation = connections[index].generation &+ 1
        connections[index] = TcpConnection()
        connections[index].generation = generation
        connections[index].descriptor = descriptor
        connections[index].source = source
        connections[index].source.connection = ConnectionName.make(index: index, generation: generation)
        counters.adopted &+= 1
        counters.now &+= 1
        wait(index, toReceive: true)
        return true
    }

    /// The engine knows whose it is.
    mutating func prove(_ source: Endpoint) {
        guard let index = index(of: source.connection) else { return }
        connections[index].isProven = true
    }

    /// The engine wants nothing more of it.
    mutating func close(_ source: Endpoint) {
        guard let index = index(of: source.connection) else { return }
        connections[index].isProven = false
        end(index)
    }

    /// After a burst: those whose first frames were in it and that nobody knows.
    mutating func endStrangers() {
        while let index = strangers.pop() {
            release(index, .stranger)
            guard connections[index].descriptor >= 0, !connections[index].isProven, !connections[index].isEnding else {
                continue
            }
            counters.unproven &+= 1
            end(index)
        }
    }

    /// Nothing more is received or sent. The engine is told, unless it does not know the connection.
    mutating func end(_ index: Int) {
        guard !connections[index].isEnding else { return }
        connections[index].isEnding = true
        cp_tcp_shutdown(connections[index].descriptor)
        connections[index].sendHead = connections[index].sendTail
        if connections[index].isProven {
            connections[index].mustTell = true
            announce(index)
        }
        leaveIfOver(index)
    }

    /// A hold is over; the last one lets an ended connection go.
    mutating func release(_ index: Int, _ hold: ConnectionHolds) {
        connections[index].holds.remove(hold)
        leaveIfOver(index)
    }

    private mutating func leaveIfOver(_ index: Int) {
        guard connections[index].isEnding, connections[index].holds.isEmpty, connections[index].descriptor >= 0 else {
            return
        }
        cp_close(connections[index].descriptor)
        connections[index].descriptor = -1
        free[freeCount] = UInt16(truncatingIfNeeded: index)
        freeCount += 1
        counters.ended &+= 1
        counters.now &-= 1
    }
}

/// The queues; a connection is in each at most once.
extension TcpConnections {
    /// There is something for the engine.
    mutating func announce(_ index: Int) {
        guard !connections[index].holds.contains(.ready) else { return }
        connections[index].holds.insert(.ready)
        ready.push(index)
    }

    mutating func wait(_ index: Int, toReceive: Bool) {
        let hold: ConnectionHolds = toReceive ? .toReceive : .toSend
        guard !connections[index].isEnding, !connections[index].holds.contains(hold) else { return }
        connections[index].holds.insert(hold)
        if toReceive { self.toReceive.push(index) } else { toSend.push(index) }
    }

    /// The next that the kernel is to be asked to receive for; it is `receiving` then.
    mutating func nextToReceive() -> Int? {
        while let index = toReceive.pop() {
            if !connections[index].isEnding { connections[index].holds.insert(.receiving) }
            release(index, .toReceive)
            if connections[index].holds.contains(.receiving) { return index }
        }
        return nil
    }

    /// The next that the kernel is to be asked to send for; it is `sending` then.
    mutating func nextToSend() -> Int? {
        while let index = toSend.pop() {
            if !connections[index].isEnding { connections[index].holds.insert(.sending) }
            release(index, .toSend)
            if connections[index].holds.contains(.sending) { return index }
        }
        return nil
    }

    mutating func lend(_ index: Int) {
        if !connections[index].holds.contains(.lent) {
            connections[index].holds.insert(.lent)
            lent.push(index)
        }
        guard !connections[index].hasDelivered else { return }
        connections[index].hasDelivered = true
        connections[index].holds.insert(.stranger)
        strangers.push(index)
    }

    mutating func nextReady() -> Int? { ready.pop() }

    mutating func nextLent() -> Int? { lent.pop() }
}
