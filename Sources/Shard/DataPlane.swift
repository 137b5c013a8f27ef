import Contract
import Driver
import Handshake
import Memory

/// Why the data plane could not start.
public struct DataPlaneError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// All shards of a process and the handshake thread.
public final class DataPlane: @unchecked Sendable {
    public let links: [ShardLink]
    /// To the handshake thread; pushed by the control side only, which then rings `handshakeBell`.
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
    /// The port that is bound; where the configuration says 0, the one that the kernel chose.
    public let mediaPort: UInt16
    /// Processors that the shards are pinned to; empty when they are not.
    public let cpus: [Int]

    private let workers: [ShardWorker]
    private let handshake: HandshakeService
    private let sockets: [PortSocket]
    private let kernelSteering: Steering?
    private let recorder: EstimateRecorder?
    private let door: TcpDoor?
    /// Nil where nothing is recorded.
    let watch: FlightWatch?
    private let listener: TcpListener?
    let standstills: [Standstill]
    let allowedCpus: [Int]

    init(_ parts: DataPlaneParts) {
        links = parts.links
        handshakeOrders = parts.handshake.orders
        handshakeBell = parts.handshake.inputBell
        eventBell = parts.eventBell
        fingerprint = parts.handshake.fingerprint
        backend = parts.workers.allSatisfy { $0.backend == .uring } ? .uring : .mmsg
        steering = parts.steering?.kind == .addresses ? .bpf : .handover
        notes = parts.notes + Array(Set(parts.workers.flatMap(\.notes))).sorted()
        cpus = parts.cpus
        mediaPort = parts.sockets[0].port
        workers = parts.workers
        handshake = parts.handshake
        sockets = parts.sockets
        kernelSteering = parts.steering
        recorder = parts.recorder
        door = parts.door
        watch = parts.watch
        listener = parts.listener
        standstills = parts.standstills
        allowedCpus = parts.allowedCpus
    }

    /// What the handshake thread has done.
    public var handshakeCounters: HandshakeCounters { handshake.counters }

    /// What became of TCP connections before a shard had them; nil without ICE-TCP.
    public var doorCounters: DoorCounters? { door?.counters }

    /// What a process that takes over needs of the kernel's things, and the certificate.
    public var inheritance: Inheritance {
        Inheritance(
            sockets: sockets.map(\.descriptor), listener: listener?.descriptor,
            steering: kernelSteering.map { Inheritance.Steering($0) }, allowedCpus: allowedCpus,
            identity: handshake.identity)
    }

    /// TCP connections are taken from now on.
    func openDoor() -> Bool { door?.start() ?? true }

    /// Stops all threads and waits for their end. On the thread that pushes commands; once.
    public func stop() {
        for link in links {
            // The shard reads on, so there will be room.
            while !link.commands.push(.stop) { link.commandBell.ring() }
            link.commandBell.ring()
        }
        for worker in workers { worker.join() }
        watch?.stop()
        for worker in workers { worker.recorder?.free() }
        door?.stop()
        handshake.stop()
        recorder?.stop()
        kernelSteering?.detach()
        for socket in sockets { socket.close() }
    }
}
