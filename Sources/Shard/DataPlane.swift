import Contract
import Memory

/// Why the data plane could not start.
public struct DataPlaneError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// All shards of a process and the handshake thread.
public final class DataPlane: @unchecked Sendable {
    public let links: [ShardLink]
    /// To the handshake thread; pushed by the control side only.
    public let handshakeOrders: Mailbox<HandshakeOrder>
    public let handshakeBell: Doorbell
    /// Rung when any shard has pushed events.
    public let eventBell: Doorbell
    /// SHA-256 of the process's certificate, for a=fingerprint.
    public let fingerprint: FixedBytes<32>
    /// What the host could not give and what that costs, a sentence each: for the log at start.
    public let notes: [String]
    /// The backend and steering that are really in use.
    public let backend: DataPlaneConfiguration.Backend
    public let steering: DataPlaneConfiguration.Steering

    init(
        links: [ShardLink], handshakeOrders: Mailbox<HandshakeOrder>, handshakeBell: Doorbell, eventBell: Doorbell,
        fingerprint: FixedBytes<32>, notes: [String], backend: DataPlaneConfiguration.Backend,
        steering: DataPlaneConfiguration.Steering
    ) {
        self.links = links
        self.handshakeOrders = handshakeOrders
        self.handshakeBell = handshakeBell
        self.eventBell = eventBell
        self.fingerprint = fingerprint
        self.notes = notes
        self.backend = backend
        self.steering = steering
    }

    /// Binds the sockets, starts the threads and returns when every shard serves. Must be called before any other
    /// thread exists, so that those inherit a processor mask without the shards' cores.
    public static func start(_ configuration: DataPlaneConfiguration) throws(DataPlaneError) -> DataPlane {
        throw DataPlaneError("the data plane is not assembled yet")
    }

    /// Stops all threads and waits for their end.
    public func stop() {}
}
