import Channels
import Contract
import Memory

/// All DTLS associations of a process: orders, datagrams and the time in; outputs in the shards' mailboxes and the next
/// deadline out. What the handshake thread runs, and what tests and the simulator run without a thread.
///
/// After any call, `takeShardsToRing` names the shards whose mailboxes got something.
public final class HandshakeTable {
    public let configuration: HandshakeConfiguration
    /// To each shard. This side pushes.
    public let outputs: [Mailbox<HandshakeOutput>]
    public internal(set) var counters = HandshakeCounters()

    /// Endpoints retired or given up since the start: each left 40 KiB to the heap.
    private(set) var freedCount = 0

    private let context: DtlsContext
    /// Data channels of those that have some, by slot.
    let relay = ChannelRelay()
    var sessions: [Session?]
    private var freeSlots: [Int]
    private var slotOfPeer: [Place: Int] = [:]
    private var deadlines: DeadlineHeap
    /// Slots whose outputs did not fit, in no order. Each is named once.
    private var waiting: [Int] = []
    private var isRinging: [Bool]

    /// Where a peer lives, without its generation.
    private struct Place: Hashable {
        var shard: ShardIndex
        var index: UInt32
    }

    struct Session {
        let peer: PeerHandle
        let endpoint: DtlsEndpoint
        /// When the handshake is given up, and after it when the endpoint is retired.
        var patienceNanoseconds: UInt64
        var retransmissionsCounted = 0
        var hasDeliveredKeys = false
        var isWaiting = false
        /// Established, and its endpoint is retired: nothing to wait for.
        var isSettled = false
        /// Has data channels; nil without.
        var channels: ChannelMembership?
        /// Known to be over; the session goes when this is delivered.
        var loss: PeerLoss?
    }

    public init(configuration: HandshakeConfiguration, context: DtlsContext) {
        precondition(configuration.sessionsMax > 0 && configuration.shardCount > 0 && configuration.shardCount <= 256)
        self.configuration = configuration
        self.context = context
        outputs = (0..<configuration.shardCount).map { _ in Mailbox(capacity: configuration.mailboxMax) }
        sessions = Array(repeating: nil, count: configuration.sessionsMax)
        freeSlots = Array((0..<configuration.sessionsMax).reversed())
        deadlines = DeadlineHeap(capacity: configuration.sessionsMax)
        isRinging = Array(repeating: false, count: configuration.shardCount)
        waiting.reserveCapacity(configuration.sessionsMax)
    }

    deinit {
        for output in outputs { output.deallocate() }
    }

    public var fingerprint: FixedBytes<32> { context.fingerprint }

    /// When to call `handleTimeouts`; nil when no association waits for anything.
    public var deadlineNanoseconds: UInt64? {
        guard let channels = relay.deadlineNanoseconds else { return deadlines.first?.deadline }
        return min(channels, deadlines.first?.deadline ?? .max)
    }

    /// True when a full mailbox holds something back: call `retry` soon.
    public var hasWaiting: Bool { !waiting.isEmpty }

    /// Expects a DTLS client. A peer that cannot be taken is lost at once. An older peer in the same place goes.
    public func open(_ peer: PeerHandle, fingerprint: FixedBytes<32>, now: UInt64) {
        let place = Place(shard: peer.shard, index: peer.index)
        if let old = slotOfPeer[place] { release(old) }
        guard Int(peer.shard) < outputs.count, let slot = freeSlots.last,
            let endpoint = try? DtlsEndpoint(context: context, role: .server, expectedFingerprint: fingerprint)
        else { return refuse(peer) }
        freeSlots.removeLast()
        slotOfPeer[place] = slot
        let giveUp = now &+ configuration.handshakeNanosecondsMax
        sessions[slot] = Session(peer: peer, endpoint: endpoint, patienceNanoseconds: giveUp)
        deadlines.set(slot: slot, deadline: giveUp)
        counters.opened += 1
        counters.sessionsNow += 1
    }

    /// Says goodbye to the remote end if there is an association, and forgets the peer.
    public func close(_ peer: PeerHandle) {
        guard let slot = slot(of: peer), let session = sessions[slot] else { return }
        relay.leave(slot)
        session.endpoint.close()
        _ = sendDatagrams(of: session)
        release(slot)
    }

    /// Takes in a datagram that came from the peer's validated address.
    public func receive(_ bytes: UnsafeRawBufferPointer, from peer: PeerHandle, now: UInt64) {
        counters.datagramsReceived += 1
        guard let slot = slot(of: peer), let endpoint = sessions[slot]?.endpoint else {
            counters.unknownPeer += 1
            return
        }
        endpoint.receive(bytes, now: now)
        if sessions[slot]?.channels != nil { endpoint.takeData { relay.receive($0, of: slot) } }
        settle(slot, now: now)
        if sessions[slot]?.channels != nil { passChannels(now: now) }
    }

    public func receive(_ input: UnsafeMutablePointer<HandshakeInput>, now: UInt64) {
        let peer = input.pointee.peer
        let count = min(max(input.pointee.bytes.count, 0), recordBytesMax)
        withUnsafeBytes(of: &input.pointee.bytes.storage) {
            receive(UnsafeRawBufferPointer(rebasing: $0[..<count]), from: peer, now: now)
        }
    }

    /// Sends flights again and gives up peers, as far as their deadlines have passed.
    public func handleTimeouts(now: UInt64) {
        if let due = relay.deadlineNanoseconds, due <= now { passChannels(now: now) }
        while let (slot, deadline) = deadlines.first, deadline <= now {
            // A session in the heap exists: `release` takes it out.
            guard var session = sessions[slot] else { preconditionFailure("a deadline without a session") }
            if now < session.patienceNanoseconds {
                session.endpoint.handleTimeout(now: now)
            } else if session.endpoint.state == .handshaking {
                session.loss = .handshakeFailed
                counters.timedOut += 1
            } else {
                if session.channels == nil {
                    session.endpoint.retire()
                    freedCount += 1
                }
                // Also when that failed: it is not tried again.
                session.isSettled = true
            }
            sessions[slot] = session
            settle(slot, now: now)
        }
    }

    /// Tries again to hand over what did not fit.
    public func retry(now: UInt64) {
        let slots = waiting
        waiting.removeAll(keepingCapacity: true)
        for slot in slots where sessions[slot]?.isWaiting == true {
            sessions[slot]?.isWaiting = false
            settle(slot, now: now)
        }
    }

    /// Calls `ring` for each shard whose mailbox got something since the last call.
    public func takeShardsToRing(_ ring: (Int) -> Void) {
        for shard in isRinging.indices where isRinging[shard] {
            isRinging[shard] = false
            ring(shard)
        }
    }
}

extension HandshakeTable {
    func slot(of peer: PeerHandle) -> Int? {
        guard let slot = slotOfPeer[Place(shard: peer.shard, index: peer.index)], sessions[slot]?.peer == peer
        else { return nil }
        return slot
    }

    private func refuse(_ peer: PeerHandle) {
        counters.refused += 1
        guard Int(peer.shard) < outputs.count else { return }
        // Without a session nothing can wait: a refusal into a full mailbox is the control side's timeout.
        if !push(.lost, to: peer, loss: .handshakeFailed) { counters.outputsDelayed += 1 }
    }

    private func release(_ slot: Int) {
        guard let session = sessions[slot] else { return }
        // Before its endpoint, by way of which it says goodbye.
        relay.leave(slot)
        slotOfPeer[Place(shard: session.peer.shard, index: session.peer.index)] = nil
        if !session.endpoint.isRetired { freedCount += 1 }
        sessions[slot] = nil
        deadlines.set(slot: slot, deadline: nil)
        freeSlots.append(slot)
        counters.sessionsNow -= 1
    }

    /// Brings a session's outputs, deadline and counters up to its endpoint's state.
    func settle(_ slot: Int, now: UInt64) {
        guard var session = sessions[slot] else { return }
        noteChanges(&session)
        let isDelivered = deliver(&session, now: now)
        if !isDelivered, !session.isWaiting {
            session.isWaiting = true
            waiting.append(slot)
            counters.outputsDelayed += 1
        }
        if isDelivered, session.loss != nil { return release(slot) }
        sessions[slot] = session
        deadlines.set(slot: slot, deadline: deadline(of: session))
    }

    private func deadline(of session: Session) -> UInt64? {
        guard session.loss == nil, !session.isSettled else { return nil }
        return min(session.endpoint.deadlineNanoseconds ?? .max, session.patienceNanoseconds)
    }

    private func noteChanges(_ session: inout Session) {
        let endpoint = session.endpoint
        counters.retransmissions += UInt64(endpoint.retransmissions - session.retransmissionsCounted)
        session.retransmissionsCounted = endpoint.retransmissions
        counters.datagramsDropped += endpoint.takeDroppedCount()
        guard session.loss == nil, case .lost(let loss) = endpoint.state else { return }
        session.loss = loss
        switch loss {
        case .closedByPeer: counters.closedByPeer += 1
        case .fingerprintMismatch: counters.fingerprintMismatches += 1
        default: counters.failed += 1
        }
    }

    /// Datagrams first, so that an alert leaves before the peer is given up; false when the mailbox is full.
    private func deliver(_ session: inout Session, now: UInt64) -> Bool {
        guard sendDatagrams(of: session) else { return false }
        if !session.hasDeliveredKeys, session.loss == nil, let keys = session.endpoint.keys {
            guard push(.keys, to: session.peer, keys: keys) else { return false }
            session.hasDeliveredKeys = true
            session.patienceNanoseconds = now &+ configuration.retirementNanoseconds
            counters.established += 1
            beginChannels(of: session, now: now)
        }
        if session.endpoint.state != .handshaking { session.endpoint.shrink() }
        guard let loss = session.loss else { return true }
        return push(.lost, to: session.peer, loss: loss)
    }

    private func sendDatagrams(of session: Session) -> Bool {
        while let isTaken = session.endpoint.withNextDatagram({ push($0, to: session.peer) }) {
            if !isTaken { return false }
        }
        return true
    }
}

extension HandshakeTable {
    private func push(_ datagram: UnsafeRawBufferPointer, to peer: PeerHandle) -> Bool {
        guard datagram.count <= recordBytesMax else {
            counters.datagramsDropped += 1
            return true
        }
        guard let place = outputs[Int(peer.shard)].reserve() else { return false }
        fill(place, kind: .datagram, peer: peer, keys: nil, loss: .closedByPeer)
        place.pointee.bytes.count = datagram.count
        withUnsafeMutableBytes(of: &place.pointee.bytes.storage) { $0.copyMemory(from: datagram) }
        commit(to: peer)
        counters.datagramsSent += 1
        return true
    }

    private func push(
        _ kind: HandshakeOutput.Kind, to peer: PeerHandle, keys: SrtpKeys? = nil, loss: PeerLoss = .closedByPeer
    ) -> Bool {
        guard let place = outputs[Int(peer.shard)].reserve() else { return false }
        fill(place, kind: kind, peer: peer, keys: keys, loss: loss)
        place.pointee.bytes.count = 0
        commit(to: peer)
        return true
    }

    /// Field by field: the place holds an older message, and 2 KiB of bytes need not be written twice.
    private func fill(
        _ place: UnsafeMutablePointer<HandshakeOutput>, kind: HandshakeOutput.Kind, peer: PeerHandle, keys: SrtpKeys?,
        loss: PeerLoss
    ) {
        place.pointee.kind = kind
        place.pointee.peer = peer
        place.pointee.keys = keys
        place.pointee.loss = loss
    }

    private func commit(to peer: PeerHandle) {
        outputs[Int(peer.shard)].commit()
        isRinging[Int(peer.shard)] = true
    }
}
