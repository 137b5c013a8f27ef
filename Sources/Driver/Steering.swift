import CPlatform
import Glibc
import Memory

/// Why steering in the kernel was refused, as a sentence. Shards then hand datagrams over to each other.
public struct SteeringRefusal: Error, CustomStringConvertible, Sendable {
    public let description: String
}

/// Chooses, in the kernel, the shard whose socket gets a datagram. One for all shards of a process; a handle whose copies
/// mean the same maps.
public struct Steering: Sendable {
    public enum Kind: Sendable {
        /// By validated address, and STUN by its USERNAME.
        case addresses
        /// STUN by its USERNAME only, media by the kernel's hash.
        case names
    }

    public let kind: Kind
    /// Why `kind` is not `addresses`, as a sentence.
    public let note: String?
    private let socket: Int32
    private let addresses: Int32
    private let sockets: Int32
    private let program: Int32

    /// Attaches to the group of these sockets, which are bound and in the order of their shards. `mapCapacity` addresses
    /// can be added; past that `add` is refused and that address is served by handing over. `maximum` is for tests.
    ///
    /// `patient` are as many sockets of the same group, for transport-wide feedback; they are of use with `addresses` only,
    /// and are to be closed when it has become another kind.
    public static func attach(
        _ descriptors: [Int32], patient: [Int32] = [], mapCapacity: Int, maximum: Kind = .addresses
    ) throws(SteeringRefusal) -> Steering {
        precondition(!descriptors.isEmpty && descriptors.count <= 256)
        precondition(patient.isEmpty || patient.count == descriptors.count)
        var reason = "not asked for"
        if maximum == .addresses {
            do throws(SteeringRefusal) {
                return try attachAddresses(descriptors, patient, mapCapacity)
            } catch {
                reason = error.description
            }
        }
        let program = ClassicProgram.make()
        let status = cp_classic_attach(descriptors[0], program, UInt16(program.count))
        guard status == 0 else {
            throw SteeringRefusal(
                description: "the kernel steers no datagrams: \(reason); a classic filter was refused too: "
                    + PortError.text(-status))
        }
        return Steering(
            kind: .names, note: "the kernel steers by STUN names only: \(reason)", socket: descriptors[0],
            addresses: -1,
            sockets: -1, program: -1)
    }

    /// Of a group of two sockets, the second gets transport-wide feedback and the first all the rest. False when the kernel
    /// refuses: it would send all kinds to either.
    public static func separateFeedback(_ descriptor: Int32) -> Bool {
        let program = FeedbackProgram.make()
        return cp_classic_attach(descriptor, program, UInt16(program.count)) == 0
    }

    /// The maps and the program, for another process that takes the sockets over; empty where there are none.
    public var descriptors: [Int32] { kind == .addresses ? [addresses, sockets, program] : [] }

    /// What another process has attached to this group, with the descriptors that its `descriptors` named. The kernel goes on
    /// by what is in the map.
    public static func adopt(_ descriptors: [Int32], group socket: Int32, kind: Kind, note: String?) -> Steering? {
        guard kind == .addresses else {
            return Steering(kind: kind, note: note, socket: socket, addresses: -1, sockets: -1, program: -1)
        }
        guard descriptors.count == 3 else { return nil }
        return Steering(
            kind: kind, note: note, socket: socket, addresses: descriptors[0], sockets: descriptors[1],
            program: descriptors[2])
    }

    private static func attachAddresses(
        _ descriptors: [Int32], _ patient: [Int32], _ capacity: Int
    ) throws(SteeringRefusal) -> Steering {
        let all = descriptors + patient
        var opened: [Int32] = []
        do throws(SteeringRefusal) {
            let addresses = try check(cp_bpf_hash_map(20, 4, UInt32(capacity)), "a map of addresses", &opened)
            let sockets = try check(cp_bpf_socket_array(UInt32(all.count)), "an array of sockets", &opened)
            for (index, descriptor) in all.enumerated() {
                var key = UInt32(index)
                var value = UInt64(descriptor)
                let status = cp_bpf_update(sockets, &key, &value)
                guard status == 0 else { throw refusal("a socket in the array", status) }
            }
            let program = try load(addresses, sockets, descriptors.count, hasPatient: !patient.isEmpty, &opened)
            let status = cp_bpf_attach(descriptors[0], program)
            guard status == 0 else { throw refusal("attaching the program", status) }
            return Steering(
                kind: .addresses, note: nil, socket: descriptors[0], addresses: addresses, sockets: sockets,
                program: program)
        } catch {
            for descriptor in opened { _ = Glibc.close(descriptor) }
            throw error
        }
    }

    private static func load(
        _ addresses: Int32, _ sockets: Int32, _ count: Int, hasPatient: Bool, _ opened: inout [Int32]
    ) throws(SteeringRefusal) -> Int32 {
        let program = SteeringProgram.make(
            addresses: addresses, sockets: sockets, shardCount: count, hasPatient: hasPatient)
        let (status, words) = BpfProgram.load(program, by: cp_bpf_load)
        guard status < 0, status != -EPERM else { return try check(status, "the program", &opened) }
        throw SteeringRefusal(description: "the program was refused: \(PortError.text(-status)) \(words)")
    }

    private static func check(
        _ status: Int32, _ what: String, _ opened: inout [Int32]
    ) throws(SteeringRefusal) -> Int32 {
        guard status >= 0 else { throw refusal(what, status) }
        opened.append(status)
        return status
    }

    private static func refusal(_ what: String, _ status: Int32) -> SteeringRefusal {
        let hint = status == -EPERM ? "; grant CAP_BPF and CAP_NET_ADMIN" : ""
        return SteeringRefusal(description: "\(what) was refused: \(PortError.text(-status))\(hint)")
    }

    /// From now on datagrams from `source` go to `shard`. A system call; any thread; allocates nothing. False when the map
    /// is full or this kind has none: the address must be handed over.
    @discardableResult
    public func add(_ source: Endpoint, shard: UInt8) -> Bool {
        guard kind == .addresses else { return false }
        var key = SteeringKey(source)
        var value = UInt32(shard)
        return cp_bpf_update(addresses, &key, &value) == 0
    }

    /// Forgets an address. False when it was not there.
    @discardableResult
    public func remove(_ source: Endpoint) -> Bool {
        guard kind == .addresses else { return false }
        var key = SteeringKey(source)
        return cp_bpf_remove(addresses, &key) == 0
    }

    /// The shard of an address, nil when it is not in the map. For diagnosis and tests.
    public func shard(of source: Endpoint) -> UInt8? {
        guard kind == .addresses else { return nil }
        var key = SteeringKey(source)
        var value: UInt32 = 0
        return cp_bpf_lookup(addresses, &key, &value) == 0 ? UInt8(truncatingIfNeeded: value) : nil
    }

    /// Takes the program off the group and closes the maps. The kernel's hash chooses from then on.
    public func detach() {
        _ = cp_detach(socket)
        guard kind == .addresses else { return }
        for descriptor in [program, sockets, addresses] { _ = Glibc.close(descriptor) }
    }
}

/// The map's key: 20 bytes without a gap.
private struct SteeringKey: BitwiseCopyable {
    // Words of four, because eight-byte alignment would make it 24.
    var address: (UInt32, UInt32, UInt32, UInt32)
    /// In network order.
    var port: UInt16
    var zero: UInt16 = 0

    init(_ endpoint: Endpoint) {
        func lower(_ value: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: value) }
        address = (lower(endpoint.high), lower(endpoint.high >> 32), lower(endpoint.low), lower(endpoint.low >> 32))
        port = endpoint.port.bigEndian
    }
}
