import CPlatform
import CSecure
import Contract
import Glibc
import Memory
import Synchronization

/// The handshake thread: the only one that calls OpenSSL for DTLS. Everything to and from it goes by mailbox.
///
/// An order to open a peer must be pushed before the peer's shard can pass datagrams of that peer on; datagrams of
/// unknown peers are dropped.
public final class HandshakeService: @unchecked Sendable {
    /// From each shard, which pushes and then rings `inputBell`.
    public let inputs: [Mailbox<HandshakeInput>]
    /// To each shard, which pops when its own bell rings.
    public let outputs: [Mailbox<HandshakeOutput>]
    /// From the control side, which pushes and then rings `inputBell`.
    public let orders: Mailbox<HandshakeOrder>
    /// Wakes the thread.
    public let inputBell: Doorbell
    /// SHA-256 of the process's certificate, for a=fingerprint.
    public let fingerprint: FixedBytes<32>
    /// The certificate and its private key, for a process that takes over.
    public let identity: [UInt8]

    // Used by the handshake thread alone once it runs.
    private let table: HandshakeTable
    private let outputBells: [Doorbell]
    private var thread = pthread_t()
    private let isStopping = Atomic<Bool>(false)
    private let published: UnsafeMutablePointer<Atomic<UInt64>>
    private static let counterCount = MemoryLayout<HandshakeCounters>.size / 8
    /// Datagrams taken from one shard before the next shard has its turn.
    private static let batchMax = 32
    private var heap = HeapCare()

    init(_ configuration: HandshakeConfiguration, _ outputBells: [Doorbell]) throws(HandshakeError) {
        precondition(outputBells.count == configuration.shardCount)
        let context: DtlsContext
        if let identity = configuration.identity {
            context = try DtlsContext(profiles: configuration.profiles, identity: identity)
        } else {
            context = try DtlsContext(profiles: configuration.profiles)
        }
        guard let bell = Doorbell() else { throw .noDoorbell }
        table = HandshakeTable(configuration: configuration, context: context)
        inputs = (0..<configuration.shardCount).map { _ in Mailbox(capacity: configuration.mailboxMax) }
        outputs = table.outputs
        orders = Mailbox(capacity: max(configuration.mailboxMax, 16))
        inputBell = bell
        fingerprint = context.fingerprint
        identity = context.identity
        self.outputBells = outputBells
        published = .allocate(capacity: Self.counterCount)
        for index in 0..<Self.counterCount { (published + index).initialize(to: Atomic(0)) }
    }

    deinit {
        for input in inputs { input.deallocate() }
        orders.deallocate()
        inputBell.close()
        published.deallocate()
    }

    /// Makes the certificate and starts the thread, which inherits the caller's processor mask.
    ///
    /// `outputBells`: one per shard, rung when that shard's mailbox in `outputs` got something.
    public static func start(
        _ configuration: HandshakeConfiguration, outputBells: [Doorbell]
    ) throws(HandshakeError) -> HandshakeService {
        let service = try HandshakeService(configuration, outputBells)
        let argument = Unmanaged.passRetained(service).toOpaque()
        let status = pthread_create(&service.thread, nil, handshakeThreadMain, argument)
        guard status == 0 else {
            Unmanaged<HandshakeService>.fromOpaque(argument).release()
            throw .noThread(status)
        }
        return service
    }

    /// Ends the thread and waits for it. Nobody may push any more; what waits is left. Call it once.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        inputBell.ring()
        pthread_join(thread, nil)
    }

    /// The counters as they were when the thread last went to sleep. From any thread.
    public var counters: HandshakeCounters {
        var counters = HandshakeCounters()
        withUnsafeMutableBytes(of: &counters) { bytes in
            for index in 0..<Self.counterCount {
                let value = published[index].load(ordering: .relaxed)
                bytes.storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self)
            }
        }
        return counters
    }

    fileprivate func run() {
        nameThread()
        _ = cp_crash_thread("handshake", nil)
        defer { cp_crash_thread_ends() }
        while !isStopping.load(ordering: .acquiring) {
            let hasMore = round(now: monotonicNanoseconds())
            table.takeShardsToRing { outputBells[$0].ring() }
            publish()
            if !hasMore { sleep() }
        }
    }

    /// Takes a bounded share of what waits; true when there may be more.
    private func round(now: UInt64) -> Bool {
        if table.hasWaiting { table.retry(now: now) }
        takeOrders()
        var hasMore = false
        for input in inputs where takeBatch(from: input) { hasMore = true }
        table.handleTimeouts(now: monotonicNanoseconds())
        return hasMore
    }

    func takeBatch(from input: Mailbox<HandshakeInput>) -> Bool {
        for _ in 0..<Self.batchMax {
            guard let place = input.front() else { return false }
            // What was ordered before this datagram came is to be seen now: it may not have been when the round began.
            takeOrders()
            table.receive(place, now: monotonicNanoseconds())
            input.advance()
        }
        return true
    }

    private func takeOrders() {
        while let order = orders.pop() { obey(order, now: monotonicNanoseconds()) }
    }

    private func obey(_ order: HandshakeOrder, now: UInt64) {
        switch order {
        case .open(let peer, let fingerprint): table.open(peer, fingerprint: fingerprint, now: now)
        case .channels(let peer, let membership): table.setChannels(peer, membership)
        case .close(let peer): table.close(peer)
        case .stop: isStopping.store(true, ordering: .releasing)
        }
    }

    private func publish() {
        withUnsafeBytes(of: table.counters) { bytes in
            for index in 0..<Self.counterCount {
                published[index].store(bytes.load(fromByteOffset: index * 8, as: UInt64.self), ordering: .relaxed)
            }
        }
    }

    /// Until the bell rings, the next deadline, or soon when a full mailbox holds something back.
    private func sleep() {
        var wait = pollfd(fd: inputBell.descriptor, events: Int16(POLLIN), revents: 0)
        let now = monotonicNanoseconds()
        if heap.isDue(freed: table.freedCount, now: now) { cd_give_back_memory() }
        if poll(&wait, 1, milliseconds(now: now)) > 0 { inputBell.clear() }
    }

    private func milliseconds(now: UInt64) -> Int32 {
        var milliseconds: UInt64 = table.hasWaiting ? 2 : .max
        let deadlines = [table.deadlineNanoseconds, heap.deadline(freed: table.freedCount)]
        if let deadline = deadlines.compactMap(\.self).min() {
            // Rounded up: waking too early would spin.
            milliseconds = min(milliseconds, deadline > now ? (deadline - now) / 1_000_000 + 1 : 0)
        }
        return milliseconds == .max ? -1 : Int32(clamping: milliseconds)
    }
}

private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// For `ps -L` and profilers. Glibc's function for this is not in Swift's module; the file does the same.
private func nameThread() {
    let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    let name = Array("handshake".utf8)
    _ = write(descriptor, name, name.count)
    close(descriptor)
}

private func handshakeThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<HandshakeService>.fromOpaque(argument!).takeRetainedValue().run()
    return nil
}
