import CPlatform
import Driver
import Engine
import Glibc
import Memory
import Synchronization
import Wire

/// A TCP connection on its way to the shard that its first frame names.
struct TcpArrival: BitwiseCopyable {
    var descriptor: Int32
    var source: Endpoint
}

/// What the door has done since its start.
public struct DoorCounters: BitwiseCopyable, Sendable {
    public var accepted: UInt64 = 0
    public var passed: UInt64 = 0
    /// Gave way to newer ones because too many had said nothing.
    public var displaced: UInt64 = 0
    /// Said nothing whole in time.
    public var late: UInt64 = 0
    /// The first frame was no STUN request for a shard of ours.
    public var refused: UInt64 = 0
    /// Closed before their first frame.
    public var left: UInt64 = 0
    /// The shard's mailbox was full.
    public var mailboxFull: UInt64 = 0
    /// The kernel had no descriptor.
    public var noDescriptor: UInt64 = 0
}

/// Where TCP connections come in, on a thread of its own: strangers' connections cost a shard nothing.
///
/// It looks at each connection's first frame (RFC 4571), leaving it in the kernel. A STUN request's USERNAME begins with
/// the number of a shard, which gets the descriptor. All else is closed: frames that are too long or empty, what is no
/// STUN, what takes more than five seconds. At most `waitingMax` wait; then the oldest gives way.
final class TcpDoor: @unchecked Sendable {
    static let waitingMax = 256
    static let patienceNanoseconds: UInt64 = 5_000_000_000
    private static let listenerTag: UInt32 = .max
    private static let bellTag: UInt32 = .max - 1
    private static let counterCount = MemoryLayout<DoorCounters>.size / 8

    /// By shard. The door pushes, the shard pops.
    let mailboxes: [Mailbox<TcpArrival>]
    private let bells: [Doorbell]
    private let listener: TcpListener
    private let epoll: Int32
    private let stopBell: Doorbell
    private let isStopping = Atomic<Bool>(false)
    private var table = DoorTable(capacity: TcpDoor.waitingMax)
    private var own = DoorCounters()
    private let published: UnsafeMutablePointer<Atomic<UInt64>>
    private var thread: UInt64 = 0

    init?(listener: TcpListener, bells: [Doorbell]) {
        let epoll = cp_epoll_open()
        guard epoll >= 0, let stopBell = Doorbell() else { return nil }
        self.listener = listener
        self.epoll = epoll
        self.stopBell = stopBell
        self.bells = bells
        mailboxes = bells.map { _ in Mailbox(capacity: 64) }
        published = .allocate(capacity: Self.counterCount)
        for index in 0..<Self.counterCount { (published + index).initialize(to: Atomic(0)) }
        _ = cp_epoll_add(epoll, listener.descriptor, Self.listenerTag, false)
        _ = cp_epoll_add(epoll, stopBell.descriptor, Self.bellTag, false)
    }

    func start() -> Bool {
        let argument = Unmanaged.passRetained(self).toOpaque()
        guard cp_spawn(&thread, 1 << 18, doorThreadMain, argument) == 0 else {
            Unmanaged<TcpDoor>.fromOpaque(argument).release()
            return false
        }
        return true
    }

    /// Ends the thread and closes what waits. The shards have ended before.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        stopBell.ring()
        _ = cp_join(thread)
        for mailbox in mailboxes {
            while let arrival = mailbox.pop() { cp_close(arrival.descriptor) }
        }
        table.closeAll()
        cp_close(epoll)
        stopBell.close()
        listener.close()
    }

    /// Any thread.
    var counters: DoorCounters {
        var counters = DoorCounters()
        withUnsafeMutableBytes(of: &counters) { bytes in
            for index in 0..<Self.counterCount {
                bytes.storeBytes(
                    of: published[index].load(ordering: .relaxed), toByteOffset: index * 8, as: UInt64.self)
            }
        }
        return counters
    }

    private func publish() {
        withUnsafeBytes(of: own) { bytes in
            for index in 0..<Self.counterCount {
                published[index].store(bytes.load(fromByteOffset: index * 8, as: UInt64.self), ordering: .relaxed)
            }
        }
    }

    fileprivate func run() {
        _ = cp_name_thread("door")
        _ = cp_crash_thread("door", nil)
        defer { cp_crash_thread_ends() }
        var ready = [cp_ready](repeating: cp_ready(), count: Int(CP_READY_MAX))
        while !isStopping.load(ordering: .acquiring) {
            let count = cp_epoll_take(epoll, &ready, table.milliseconds(now: cp_now()))
            for entry in ready.prefix(Int(max(count, 0))) {
                switch entry.tag {
                case Self.listenerTag: accept()
                case Self.bellTag: break
                default: look(Int(entry.tag))
                }
            }
            own.late += UInt64(table.closeLate(now: cp_now()))
            publish()
        }
    }

    private func accept() {
        for _ in 0..<64 {
            switch listener.accept() {
            case .success((let descriptor, let source)): take(descriptor, source)
            case .failure(let refusal):
                if refusal.errno == EMFILE || refusal.errno == ENFILE {
                    own.noDescriptor += 1
                    // The listener stays ready for reading: without a pause this would spin.
                    usleep(20_000)
                }
                return
            }
        }
    }

    private func take(_ descriptor: Int32, _ source: Endpoint) {
        own.accepted += 1
        if table.isFull {
            table.closeOldest()
            own.displaced += 1
        }
        let place = table.add(descriptor, source, deadline: cp_now() + Self.patienceNanoseconds)
        // By edges: a word for each part that comes, none while the rest is awaited.
        if cp_epoll_add(epoll, descriptor, UInt32(place), true) != 0 { table.close(place) }
    }

    private func look(_ place: Int) {
        guard let waiting = table[place] else { return }
        switch FirstFrame.judge(waiting.descriptor) {
        case .incomplete: return
        case .closed: own.left += 1
        case .refused: own.refused += 1
        case .shard(let shard) where shard < mailboxes.count: return pass(place, waiting, to: shard)
        case .shard: own.refused += 1
        }
        table.close(place)
    }

    private func pass(_ place: Int, _ waiting: TcpArrival, to shard: Int) {
        cp_epoll_remove(epoll, waiting.descriptor)
        guard mailboxes[shard].push(waiting) else {
            own.mailboxFull += 1
            return table.close(place)
        }
        table.forget(place)
        own.passed += 1
        bells[shard].ring()
    }
}

/// What a connection's first frame says of it.
enum FirstFrame {
    case incomplete
    case closed
    case refused
    case shard(Int)

    static func judge(_ descriptor: Int32) -> FirstFrame {
        withUnsafeTemporaryAllocation(byteCount: 2 + recordBytesMax, alignment: 8) { bytes in
            let count = cp_tcp_peek(descriptor, bytes.baseAddress!, bytes.count)
            if count == -Int(EAGAIN) || count == -Int(EINTR) { return .incomplete }
            guard count > 0 else { return .closed }
            return judge(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
    }

    /// `bytes` is what has come so far.
    static func judge(_ bytes: UnsafeRawBufferPointer) -> FirstFrame {
        guard bytes.count >= 2 else { return .incomplete }
        let length = Int(UInt16(bigEndian: bytes.loadUnaligned(as: UInt16.self)))
        guard length >= 20, length <= recordBytesMax else { return .refused }
        // What can be no STUN request need not be awaited.
        if bytes.count > 2, bytes[2] != 0 { return .refused }
        guard bytes.count >= 2 + length else { return .incomplete }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[2..<(2 + length)])
        guard let message = try? StunMessage(parsing: frame.bytes), message.isBindingRequest, message.hasUsername,
            let name = UfragPrefix(frame.baseAddress! + message.usernameOffset, message.usernameLength)
        else { return .refused }
        return .shard(Int(name.shard))
    }
}

private func doorThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<TcpDoor>.fromOpaque(argument!).takeRetainedValue().run()
    return nil
}
