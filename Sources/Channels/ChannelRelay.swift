import CSctp
import Contract

/// Data channels of all peers of a process: SCTP packets and the time in, packets out, by way of what `join` names.
///
/// Bounded: a member's waiting messages by `bufferBytes` in each direction, messages by `messageBytesMax`, channels by
/// `channelsMax`. A reliable message that finds a receiver's buffer full waits, and its sender with it (SCTP's window
/// closes), for `patienceNanoseconds`; then it is dropped for that receiver. Others are dropped at once.
public final class ChannelRelay {
    public static let messageBytesMax = 65536
    public static let channelsMax = 32
    public static let bufferBytes: UInt32 = 262_144
    public static let patienceNanoseconds: UInt64 = 2_000_000_000
    /// How often SCTP's timers are looked at.
    public static let tickNanoseconds: UInt64 = 10_000_000
    /// With DTLS' 37 bytes a packet fits the 1200 bytes that WebRTC keeps to.
    static let packetBytes: UInt32 = 1150
    /// Messages of one member that are read before the others have their turn.
    static let messagesPerTurn = 64

    /// By the caller's number.
    var members: [Int: ChannelMember] = [:]
    var rooms: [UInt64: [Int]] = [:]
    private var nextTickNanoseconds: UInt64 = 0
    private var lastTickNanoseconds: UInt64 = 0
    /// Members that have something to say or to be told, in no order.
    private var touched: Set<Int> = []
    private var eager: Set<Int> = []
    public internal(set) var counters = ChannelCounters()
    /// Where messages are read to.
    private let buffer = UnsafeMutableRawPointer.allocate(byteCount: messageBytesMax + 1, alignment: 16)

    public init() {}

    deinit {
        for member in members.values { cs_close(member.association) }
        buffer.deallocate()
    }

    public var isEmpty: Bool { members.isEmpty }

    /// When to call `pass`; nil without members.
    public var deadlineNanoseconds: UInt64? {
        members.isEmpty ? nil : eager.isEmpty ? nextTickNanoseconds : 0
    }

    /// Begins an association. `output` is called with `owner` for each packet that is to leave. False when there is no
    /// memory.
    public func join(
        _ number: Int, _ membership: ChannelMembership, owner: UnsafeMutableRawPointer, output: @escaping cs_output,
        now: UInt64
    ) -> Bool {
        precondition(members[number] == nil, "a member joins once")
        if members.isEmpty { lastTickNanoseconds = now }
        guard
            let association = cs_open(
                owner, output, membership.localPort, membership.remotePort, Self.packetBytes, Self.bufferBytes)
        else { return false }
        members[number] = ChannelMember(association: association, membership: membership)
        rooms[membership.room, default: []].append(number)
        counters.membersNow += 1
        touched.insert(number)
        return true
    }

    /// Ends the association; a last packet may leave by way of its output before this returns.
    public func leave(_ number: Int) {
        guard let member = members.removeValue(forKey: number) else { return }
        let room = member.membership.room
        rooms[room]?.removeAll { $0 == number }
        if rooms[room]?.isEmpty == true { rooms[room] = nil }
        cs_close(member.association)
        touched.remove(number)
        eager.remove(number)
        counters.membersNow -= 1
    }

    /// Takes in a member's packet; `pass` does what follows of it.
    public func receive(_ bytes: UnsafeRawBufferPointer, of number: Int) {
        guard let member = members[number], let base = bytes.baseAddress else { return }
        cs_receive(member.association, base, bytes.count)
        touched.insert(number)
    }

    /// Reads, relays, and lets SCTP's timers run. Returns the members for whom packets may have left.
    public func pass(now: UInt64) -> Set<Int> {
        tick(now: now)
        let turn = eager.union(touched)
        eager.removeAll(keepingCapacity: true)
        for number in turn { serve(number, now: now) }
        defer { touched.removeAll(keepingCapacity: true) }
        return touched
    }

    private func tick(now: UInt64) {
        guard now >= nextTickNanoseconds else { return }
        // Whole milliseconds; what is over counts next time.
        let milliseconds = min((now &- lastTickNanoseconds) / 1_000_000, 1000)
        nextTickNanoseconds = now &+ Self.tickNanoseconds
        guard milliseconds > 0 else { return }
        lastTickNanoseconds = now
        cs_advance(UInt32(milliseconds))
        touched.formUnion(members.keys)
    }

    /// One member's turn: what is held first, then what has come.
    private func serve(_ number: Int, now: UInt64) {
        if members[number]?.held != nil { retry(number, now: now) }
        for _ in 0..<Self.messagesPerTurn {
            guard let member = members[number], member.held == nil else { return }
            let event = cs_read(member.association, buffer, Self.messageBytesMax + 1)
            if event.kind == cs_nothing { return }
            take(event, of: number, now: now)
        }
        eager.insert(number)
    }

    private func take(_ event: cs_event, of number: Int, now: UInt64) {
        switch event.kind {
        case cs_up: members[number]?.isUp = true
        case cs_down: members[number]?.isUp = false
        case cs_reset: close(event.stream, of: number)
        case cs_too_long: counters.tooLong += 1
        case cs_message where event.byte_count > UInt32(Self.messageBytesMax): counters.tooLong += 1
        case cs_message:
            let bytes = UnsafeRawBufferPointer(start: buffer, count: Int(event.byte_count))
            if event.protocol == ChannelMessage.controlProtocol {
                control(bytes, stream: event.stream, of: number)
            } else {
                relay(bytes, event, of: number, now: now)
            }
        default: break
        }
    }

    func touch(_ number: Int) { touched.insert(number) }
}

/// One member as the relay knows it.
struct ChannelMember {
    let association: OpaquePointer
    let membership: ChannelMembership
    var isUp = false
    var channels: [UInt16: Channel] = [:]
    /// A reliable message that some receivers have no room for.
    var held: HeldMessage?
}

struct Channel {
    var label: [UInt8]
    var name: [UInt8]
    var delivery: ChannelDelivery
    /// RFC 8832 §6: until then messages go in order, so that none overtakes the opening.
    var isAcknowledged: Bool
}

struct HeldMessage {
    var bytes: [UInt8]
    var payloadProtocol: UInt32
    var channel: Channel
    var receivers: [Int]
    var deadline: UInt64
}

/// Sums, but for `membersNow`.
public struct ChannelCounters: BitwiseCopyable, Sendable {
    public var membersNow: UInt64 = 0
    public var channelsOpened: UInt64 = 0
    public var channelsRefused: UInt64 = 0
    public var messagesReceived: UInt64 = 0
    public var messagesSent: UInt64 = 0
    /// For receivers that had no room: unreliable ones at once, reliable ones after some patience.
    public var messagesDropped: UInt64 = 0
    public var reliableDropped: UInt64 = 0
    public var tooLong: UInt64 = 0
    /// On streams that no channel was opened on, or DCEP that cannot be read.
    public var malformed: UInt64 = 0

    public init() {}
}
