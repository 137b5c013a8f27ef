import CPlatform
import Driver
import Memory

/// What a process hands to the one that takes over from it, besides state: descriptors, which both have for a while.
public struct Inheritance: Sendable {
    public struct Steering: Sendable {
        /// The kernel steers by address, or by STUN names only.
        public var steersAddresses: Bool
        /// Maps and program; empty where there are none.
        public var descriptors: [Int32]

        public init(steersAddresses: Bool, descriptors: [Int32]) {
            self.steersAddresses = steersAddresses
            self.descriptors = descriptors
        }

        init(_ steering: Driver.Steering) {
            self.init(steersAddresses: steering.kind == .addresses, descriptors: steering.descriptors)
        }
    }

    /// UDP sockets, one for each shard in their order, then as many for feedback that may wait, if there are any.
    public var sockets: [Int32]
    /// For TCP connections of clients without UDP; nil for none.
    public var listener: Int32?
    public var steering: Steering?
    /// Processors that the older process was allowed.
    public var allowedCpus: [Int]
    /// The DTLS certificate and its private key.
    public var identity: [UInt8]

    public init(
        sockets: [Int32], listener: Int32?, steering: Steering?, allowedCpus: [Int], identity: [UInt8]
    ) {
        self.sockets = sockets
        self.listener = listener
        self.steering = steering
        self.allowedCpus = allowedCpus
        self.identity = identity
    }
}

extension DataPlane {
    /// The processors that this process may use; those of the older one, which keeps its other threads off its shards'.
    static func widen(to inheritance: Inheritance?) throws(DataPlaneError) -> [Int] {
        if let cpus = inheritance?.allowedCpus, !cpus.isEmpty {
            _ = cp_use_cpus(cpus.map(Int32.init), Int32(cpus.count))
        }
        var all = [Int32](repeating: 0, count: 1024)
        let found = cp_allowed_cpus(&all, 1024)
        return all.prefix(Int(max(found, 0))).map(Int.init)
    }

    /// New ones, or those that were handed over.
    static func sockets(
        _ configuration: DataPlaneConfiguration, withPatient: Bool
    ) throws(DataPlaneError) -> ([PortSocket], TcpListener?) {
        guard let inheritance = configuration.inheritance else {
            return try openSockets(configuration, withPatient: withPatient)
        }
        let sockets = inheritance.sockets.compactMap(PortSocket.adopt)
        let count = configuration.shardCount
        guard sockets.count == inheritance.sockets.count, [count, 2 * count].contains(sockets.count) else {
            throw DataPlaneError(
                "\(inheritance.sockets.count) sockets were handed over, which are not \(count) shards'")
        }
        guard sockets.allSatisfy({ configuration.mediaPort == 0 || $0.port == configuration.mediaPort }) else {
            throw DataPlaneError("the sockets that were handed over are on port \(sockets[0].port)")
        }
        guard configuration.iceTcp == (inheritance.listener != nil) else {
            throw DataPlaneError("one of the two processes takes TCP connections (--ice-tcp), the other does not")
        }
        return (sockets, inheritance.listener.map(TcpListener.adopt))
    }

    static func steering(
        _ sockets: inout [PortSocket], _ configuration: DataPlaneConfiguration, _ notes: inout [String]
    ) throws(DataPlaneError) -> Steering? {
        guard let inheritance = configuration.inheritance else {
            return try attachSteering(&sockets, configuration, &notes)
        }
        guard let told = inheritance.steering else { return nil }
        guard
            let steering = Steering.adopt(
                told.descriptors, group: sockets[0].descriptor, kind: told.steersAddresses ? .addresses : .names,
                note: nil)
        else { throw DataPlaneError("the kernel's steering was not handed over whole") }
        return steering
    }

    static func makeStandstills(_ configuration: DataPlaneConfiguration) throws(DataPlaneError) -> [Standstill] {
        guard let answers = Doorbell() else { throw outOfDescriptors }
        var made: [Standstill] = []
        for _ in 0..<configuration.shardCount {
            guard let one = Standstill(isBuilding: configuration.inheritance != nil, answers: answers) else {
                throw outOfDescriptors
            }
            made.append(one)
        }
        return made
    }
}
