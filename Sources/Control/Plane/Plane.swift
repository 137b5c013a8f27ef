import Channels
import Contract
import Memory
import Shard

/// What the control side needs of the data plane: the mailboxes, the certificate and what to say about it. Tests build
/// one with mailboxes of their own.
public struct Plane: Sendable {
    public var links: [ShardLink]
    public var handshakeOrders: Mailbox<HandshakeOrder>
    public var handshakeBell: Doorbell
    public var eventBell: Doorbell
    /// SHA-256 of the process's certificate.
    public var fingerprint: FixedBytes<32>
    /// What the host could not give, a sentence each.
    public var notes: [String]
    public var backend: String
    public var steering: String
    /// What the TCP door and the data channels have done.
    public var doorCounters: @Sendable () -> DoorCounters? = { nil }
    public var channelCounters: @Sendable () -> ChannelCounters = { ChannelCounters() }
    /// Writes the flight records of one shard, or of all, to files, and tells which on another thread.
    public var writeFlight: @Sendable (Int?, @escaping @Sendable ([FlightDump]) -> Void) -> Void = { $1([]) }
    public var flightCounters: @Sendable () -> FlightCounters? = { FlightCounters() }
    /// Ends all threads of the data plane and waits for them.
    public var stop: @Sendable () -> Void
    /// Nil in tests that have none: then nothing can be handed over.
    public var dataPlane: DataPlane?

    public init(
        links: [ShardLink], handshakeOrders: Mailbox<HandshakeOrder>, handshakeBell: Doorbell, eventBell: Doorbell,
        fingerprint: FixedBytes<32>, notes: [String] = [], backend: String = "none", steering: String = "none",
        stop: @escaping @Sendable () -> Void = {}
    ) {
        precondition(!links.isEmpty && links.count <= 256)
        self.links = links
        self.handshakeOrders = handshakeOrders
        self.handshakeBell = handshakeBell
        self.eventBell = eventBell
        self.fingerprint = fingerprint
        self.notes = notes
        self.backend = backend
        self.steering = steering
        self.stop = stop
    }

    public init(_ dataPlane: DataPlane) {
        self.init(
            links: dataPlane.links, handshakeOrders: dataPlane.handshakeOrders, handshakeBell: dataPlane.handshakeBell,
            eventBell: dataPlane.eventBell, fingerprint: dataPlane.fingerprint, notes: dataPlane.notes,
            backend: dataPlane.backend.rawValue, steering: dataPlane.steering.rawValue, stop: { dataPlane.stop() })
        self.dataPlane = dataPlane
        doorCounters = { dataPlane.doorCounters }
        channelCounters = { dataPlane.handshakeCounters.channels }
        writeFlight = { dataPlane.writeFlight(shard: $0, $1) }
        flightCounters = { dataPlane.flightCounters }
    }
}
