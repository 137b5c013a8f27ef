import CChannelsTesting
import CSctp
import Channels
import Contract

/// Packets of one direction, on their way.
private final class Pipe {
    var packets: [[UInt8]] = []

    var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let output: cs_output = { owner, bytes, count in
        let pipe = Unmanaged<Pipe>.fromOpaque(owner!).takeUnretainedValue()
        pipe.packets.append(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
    }
}

/// A client's end: SCTP as a browser speaks it.
final class ChannelClient {
    struct Message: Equatable {
        var stream: UInt16
        var payloadProtocol: UInt32
        var bytes: [UInt8]
        var nanoseconds: UInt64
    }

    let number: Int
    let association: OpaquePointer
    fileprivate let up = Pipe()
    fileprivate let down = Pipe()
    private(set) var isUp = false
    private(set) var messages: [Message] = []
    /// What the server opened: stream → the opening.
    private(set) var opened: [UInt16: ChannelMessage] = [:]
    private(set) var acknowledged: Set<UInt16> = []
    private(set) var closed: Set<UInt16> = []
    /// Does not read while this is set.
    var isAsleep = false

    init(_ number: Int) {
        self.number = number
        association = cs_open(up.pointer, Pipe.output, 5000, 5000, 1150, 262_144)!
    }

    deinit { cs_close(association) }

    func open(_ stream: UInt16, _ label: String, protocol name: String = "", _ delivery: ChannelDelivery = .init()) {
        let open = ChannelMessage.open(delivery, label: Array(label.utf8), protocol: Array(name.utf8))
        send(open.bytes, on: stream, 50)
    }

    /// False when there is no room.
    @discardableResult
    func send(_ bytes: [UInt8], on stream: UInt16, _ payloadProtocol: UInt32 = 53, unreliable: Bool = false) -> Bool {
        var delivery = cs_delivery()
        delivery.is_unordered = unreliable
        delivery.limits_retransmissions = unreliable
        return cs_send(association, stream, payloadProtocol, bytes, bytes.count, delivery) == 0
    }

    func read(now: UInt64) {
        var buffer = [UInt8](repeating: 0, count: 70_000)
        while !isAsleep {
            let event = cs_read(association, &buffer, buffer.count)
            switch event.kind {
            case cs_nothing, cs_down: return
            case cs_up: isUp = true
            case cs_reset: closed.insert(event.stream)
            case cs_message: take(event, Array(buffer.prefix(Int(event.byte_count))), now)
            default: break
            }
        }
    }

    private func take(_ event: cs_event, _ bytes: [UInt8], _ now: UInt64) {
        guard event.protocol == 50 else {
            messages.append(
                Message(stream: event.stream, payloadProtocol: event.protocol, bytes: bytes, nanoseconds: now))
            return
        }
        switch bytes.withUnsafeBytes({ ChannelMessage($0) }) {
        case .open(let delivery, let label, let name):
            opened[event.stream] = .open(delivery, label: label, protocol: name)
            send(ChannelMessage.acknowledge.bytes, on: event.stream, 50)
        case .acknowledge: acknowledged.insert(event.stream)
        case nil: break
        }
    }
}

/// Clients around one relay, over links that lose packets, in a time of their own.
final class ChannelTown {
    let relay = ChannelRelay()
    private(set) var clients: [ChannelClient] = []
    private(set) var now: UInt64 = 1_000_000_000
    private let lossPerMille: UInt64
    private var random: UInt64

    init(clients count: Int, lossPerMille: UInt64 = 0, seed: UInt64 = 1, room: (Int) -> UInt64 = { _ in 1 }) {
        self.lossPerMille = lossPerMille
        random = seed
        ct_set_time(now)
        for number in 0..<count {
            let client = ChannelClient(number)
            clients.append(client)
            let membership = ChannelMembership(room: room(number), id: FixedBytes("peer-\(number)")!)
            let isIn = relay.join(number, membership, owner: client.down.pointer, output: Pipe.output, now: now)
            precondition(isIn)
        }
    }

    deinit { ct_set_time(0) }

    private var isLost: Bool {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return random >> 33 % 1000 < lossPerMille
    }

    /// Five milliseconds.
    func step() {
        now += 5_000_000
        ct_set_time(now)
        for client in clients {
            let (up, down) = (client.up.packets, client.down.packets)
            client.up.packets = []
            client.down.packets = []
            for packet in up where !isLost {
                packet.withUnsafeBytes { relay.receive($0, of: client.number) }
            }
            for packet in down where !isLost { cs_receive(client.association, packet, packet.count) }
        }
        _ = relay.pass(now: now)
        for client in clients { client.read(now: now) }
    }

    /// Steps until it is so; false after ten minutes of the town's time.
    func steps(until isSo: () -> Bool) -> Bool {
        for _ in 0..<120_000 {
            if isSo() { return true }
            step()
        }
        return false
    }

    func begin() -> Bool { steps { clients.allSatisfy { $0.isUp } } }
}
