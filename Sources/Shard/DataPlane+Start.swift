import CPlatform
import Contract
import Driver
import Engine
import Forward
import Glibc
import Handshake
import Memory

/// What `DataPlane.start` collects on its way.
struct DataPlaneParts {
    var links: [ShardLink] = []
    var eventBell: Doorbell
    var handshake: HandshakeService
    var workers: [ShardWorker] = []
    var sockets: [PortSocket]
    var steering: Steering?
    var door: TcpDoor?
    var cpus: [Int]
    var notes: [String]
    var recorder: EstimateRecorder?
    var watch: FlightWatch?
    var listener: TcpListener?
    var standstills: [Standstill] = []
    var allowedCpus: [Int] = []
}

extension DataPlane {
    /// Binds the sockets, starts the threads and returns when every shard serves. Must be called before any other
    /// thread exists, so that those inherit a processor mask without the shards' cores.
    public static func start(_ configuration: DataPlaneConfiguration) throws(DataPlaneError) -> DataPlane {
        let count = configuration.shardCount
        guard count >= 1, count <= 64 else { throw DataPlaneError("1 to 64 shards can be run, not \(count)") }
        let probe = PortProbe.host()
        let allowedCpus = try widen(to: configuration.inheritance)
        var (sockets, listener) = try sockets(configuration, withPatient: wantsPatient(configuration, probe))
        var notes = sockets[0].notes
        let cpus = try placeShards(configuration, &notes)
        let steering = try steering(&sockets, configuration, &notes)
        guard let eventBell = Doorbell(), let readyBell = Doorbell() else { throw outOfDescriptors }
        defer { readyBell.close() }
        let links = try makeLinks(configuration, eventBell)
        let handshake = try startHandshake(configuration, links)
        var parts = DataPlaneParts(
            links: links, eventBell: eventBell, handshake: handshake, sockets: sockets, steering: steering, cpus: cpus,
            notes: notes)
        parts.recorder = try startRecorder(configuration)
        parts.listener = listener
        parts.allowedCpus = allowedCpus
        parts.standstills = try makeStandstills(configuration)
        if let listener {
            guard let door = TcpDoor(listener: listener, bells: links.map(\.commandBell)) else {
                throw outOfDescriptors
            }
            parts.door = door
        }
        let rings = ShardRings(
            handovers: MailboxMatrix(count: count, capacity: max(64, 2048 / count)),
            trunk: TrunkMatrix(limits: configuration.limits, shardCount: count), end: EndBarrier(count: count))
        for link in links {
            let setup = makeSetup(link, parts, configuration, probe, rings, readyBell)
            parts.workers.append(ShardWorker(setup))
        }
        try startWorkers(parts.workers, readyBell)
        // Of another process's listener nothing is taken before that process has ended.
        if configuration.inheritance == nil, let door = parts.door, !door.start() {
            throw DataPlaneError("the system refused a thread for TCP connections")
        }
        parts.watch = watch(parts.workers, configuration.flight)
        return DataPlane(parts)
    }

    static var outOfDescriptors: DataPlaneError {
        DataPlaneError("the process has no file descriptor left; raise the limit of open files (ulimit -n)")
    }

    static func openSockets(
        _ configuration: DataPlaneConfiguration, withPatient: Bool
    ) throws(DataPlaneError) -> ([PortSocket], TcpListener?) {
        let deadline = cp_now() + portPatienceNanoseconds
        while true {
            do throws(PortError) {
                return try tryToOpenSockets(configuration, withPatient: withPatient)
            } catch {
                guard case .portInUse = error, cp_now() < deadline else { throw DataPlaneError(error.description) }
                usleep(50_000)
            }
        }
    }

    /// A port that the kernel chose for UDP may be another's for TCP: then it is to choose again.
    private static func tryToOpenSockets(
        _ configuration: DataPlaneConfiguration, withPatient: Bool
    ) throws(PortError) -> ([PortSocket], TcpListener?) {
        for attempt in 0... {
            let sockets = try PortSocket.openGroup(
                address: configuration.bindAddress, port: configuration.mediaPort,
                count: configuration.shardCount * (withPatient ? 2 : 1))
            guard configuration.iceTcp else { return (sockets, nil) }
            do throws(PortError) {
                let listener = try TcpListener.open(
                    address: configuration.bindAddress, port: sockets[0].port, ipv4Only: sockets[0].isIPv4)
                return (sockets, listener)
            } catch {
                for socket in sockets { socket.close() }
                if configuration.mediaPort != 0 || attempt == 8 { throw error }
            }
        }
        preconditionFailure("the loop above has no end")
    }

    /// How long a port may stay in use: the kernel takes a ring that a process left behind apart after the process
    /// is gone, and keeps its sockets until then.
    private static let portPatienceNanoseconds: UInt64 = 3_000_000_000

    /// Chooses the shards' processors and keeps all other threads off them, when any are left for those.
    private static func placeShards(
        _ configuration: DataPlaneConfiguration, _ notes: inout [String]
    ) throws(DataPlaneError) -> [Int] {
        var all = [Int32](repeating: 0, count: 1024)
        let found = cp_allowed_cpus(&all, 1024)
        let allowed = all.prefix(Int(max(found, 0))).map(Int.init)
        let count = configuration.shardCount
        if let foreign = configuration.cpus.first(where: { !allowed.contains($0) }) {
            throw DataPlaneError("processor \(foreign) is not one that this process may use (\(allowed))")
        }
        guard let cpus = Placement.cpus(count: count, wanted: configuration.cpus, allowed: allowed) else {
            notes.append(
                "\(count) shards share \(allowed.count) processors and are not pinned: the tail of the latency will be longer"
            )
            return []
        }
        let status = cp_exclude_cpus(cpus.map(Int32.init), Int32(cpus.count))
        if status != 0 {
            notes.append(
                "every processor has a shard, so the control thread shares with them: leave one to it (--shards \(max(count - 1, 1)))"
            )
        }
        return cpus
    }

    /// Whether each shard is to have a second socket, for transport-wide feedback, which need not wake it.
    private static func wantsPatient(_ configuration: DataPlaneConfiguration, _ probe: PortProbe) -> Bool {
        configuration.feedbackWaitMicroseconds > 0 && configuration.backend != .mmsg && probe.uringRefusal == nil
            && configuration.steering != .handover
    }

    /// Closes the second sockets again when the kernel does not tell feedback apart.
    static func attachSteering(
        _ sockets: inout [PortSocket], _ configuration: DataPlaneConfiguration, _ notes: inout [String]
    ) throws(DataPlaneError) -> Steering? {
        let count = configuration.shardCount
        let steering = try attach(sockets, configuration, &notes)
        let isSeparate =
            count > 1
            ? steering?.kind == .addresses : sockets.count > 1 && Steering.separateFeedback(sockets[0].descriptor)
        if sockets.count > count, !isSeparate {
            for socket in sockets[count...] { socket.close() }
            sockets.removeSubrange(count...)
        }
        return steering
    }

    private static func attach(
        _ sockets: [PortSocket], _ configuration: DataPlaneConfiguration, _ notes: inout [String]
    ) throws(DataPlaneError) -> Steering? {
        guard configuration.shardCount > 1, configuration.steering != .handover else { return nil }
        let cost = "packets that reach the wrong shard are handed over, which costs a copy and a wake-up"
        let attached: Result<Steering, SteeringRefusal>
        do throws(SteeringRefusal) {
            let count = configuration.shardCount
            let capacity = configuration.limits.peersMax * 8 * configuration.shardCount
            attached = .success(
                try Steering.attach(
                    sockets.prefix(count).map(\.descriptor), patient: sockets.dropFirst(count).map(\.descriptor),
                    mapCapacity: capacity))
        } catch {
            attached = .failure(error)
        }
        let refusal: String?
        switch attached {
        case .success(let steering): refusal = steering.note
        case .failure(let error): refusal = error.description
        }
        if let refusal {
            guard configuration.steering == .auto else {
                throw DataPlaneError("--steering bpf was asked for and is not available: \(refusal)")
            }
            notes.append("\(refusal); \(cost)")
        }
        return try? attached.get()
    }

    private static func makeLinks(
        _ configuration: DataPlaneConfiguration, _ eventBell: Doorbell
    ) throws(DataPlaneError) -> [ShardLink] {
        var links: [ShardLink] = []
        for index in 0..<configuration.shardCount {
            guard let link = ShardLink(index: ShardIndex(index), limits: configuration.limits, eventBell: eventBell)
            else { throw outOfDescriptors }
            links.append(link)
        }
        return links
    }

    private static func startHandshake(
        _ configuration: DataPlaneConfiguration, _ links: [ShardLink]
    ) throws(DataPlaneError) -> HandshakeService {
        var handshake = HandshakeConfiguration(
            profiles: configuration.profiles, sessionsMax: configuration.limits.peersMax * configuration.shardCount,
            shardCount: configuration.shardCount, mailboxMax: 1024)
        handshake.identity = configuration.inheritance?.identity
        do throws(HandshakeError) {
            return try HandshakeService.start(handshake, outputBells: links.map(\.commandBell))
        } catch {
            throw DataPlaneError("the handshake thread did not start: \(error)")
        }
    }

    private static func startRecorder(
        _ configuration: DataPlaneConfiguration
    ) throws(DataPlaneError) -> EstimateRecorder? {
        guard let path = configuration.estimatesFile else { return nil }
        guard let recorder = EstimateRecorder(path: path, shardCount: configuration.shardCount), recorder.start() else {
            throw DataPlaneError("\(path) cannot be written (--record-estimates)")
        }
        return recorder
    }

    private static func makeSetup(
        _ link: ShardLink, _ parts: DataPlaneParts, _ configuration: DataPlaneConfiguration, _ probe: PortProbe,
        _ rings: ShardRings, _ readyBell: Doorbell
    ) -> ShardWorker.Setup {
        let index = Int(link.index)
        var port = PortConfiguration()
        port.backend = PortConfiguration.Backend(rawValue: configuration.backend.rawValue) ?? .auto
        port.runs = configuration.limits.runs
        port.connections = configuration.iceTcp ? configuration.connectionsMax : 0
        port.waiting.batchMicroseconds = configuration.batchWaitMicroseconds
        port.waiting.gatherMicroseconds = configuration.gatherMicroseconds
        port.waiting.patienceMicroseconds = configuration.feedbackWaitMicroseconds
        port.waiting.spinMicroseconds = configuration.spinMicroseconds
        port.waiting.busyPollMicroseconds = configuration.busyPollMicroseconds
        port.zeroCopyBytes = configuration.zeroCopyBytes
        var engine = EngineConfiguration(
            shard: link.index, shardCount: configuration.shardCount, limits: configuration.limits,
            seed: UInt64.random(in: .min ... .max), unixNanosecondsAtZero: 0,
            announcesAddresses: configuration.shardCount > 1 && parts.steering?.kind != .addresses,
            isPacing: configuration.pacing == .on)
        engine.runsPerFlush = configuration.runsPerFlush
        var mailboxes = EngineMailboxes(
            commands: link.commands, events: link.events, handshakeInput: parts.handshake.inputs[index],
            handshakeOutput: parts.handshake.outputs[index], handoverTo: rings.handovers.to(index),
            handoverFrom: rings.handovers.from(index), trunk: rings.trunk.ends(of: index))
        mailboxes.estimates = parts.recorder?.mailboxes[index]
        return ShardWorker.Setup(
            link: link, cpu: parts.cpus.isEmpty ? nil : parts.cpus[index], socket: parts.sockets[index],
            patient: parts.sockets.count > index + configuration.shardCount
                ? parts.sockets[index + configuration.shardCount] : nil, port: port,
            probe: probe, steering: parts.steering, engine: engine, mailboxes: mailboxes,
            useHugePages: configuration.useHugePages, isRealtime: configuration.isRealtime,
            handshakeBell: parts.handshake.inputBell, shardBells: parts.links.map(\.commandBell),
            readyBell: readyBell, end: rings.end, connections: parts.door?.mailboxes[index],
            flight: configuration.flight, standstill: parts.standstills[index],
            isAdopting: configuration.inheritance != nil)
    }

    private static func startWorkers(_ workers: [ShardWorker], _ readyBell: Doorbell) throws(DataPlaneError) {
        for worker in workers where !worker.spawn() {
            throw DataPlaneError("the system refused a thread for shard \(worker.setup.link.index)")
        }
        while workers.contains(where: { $0.current == .starting }) {
            var wait = pollfd(fd: readyBell.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&wait, 1, -1)
            readyBell.clear()
        }
        if let failed = workers.first(where: { $0.current == .failed }) { throw DataPlaneError(failed.failure) }
    }
}

/// What all shards share.
struct ShardRings {
    let handovers: MailboxMatrix<Handover>
    let trunk: TrunkMatrix
    let end: EndBarrier
}

/// Where shards wait for each other at their end: until then one may read packets that lie in another's memory.
struct EndBarrier: @unchecked Sendable {
    /// Lives as long as the process, as the rings do.
    private let barrier: UnsafeMutablePointer<pthread_barrier_t>

    init(count: Int) {
        barrier = .allocate(capacity: 1)
        let status = pthread_barrier_init(barrier, nil, UInt32(count))
        precondition(status == 0, "a barrier cannot be had")
    }

    func wait() { _ = pthread_barrier_wait(barrier) }
}

/// CLOCK_REALTIME in nanoseconds.
func unixNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
