import CPlatform
import CUring
import Glibc
import Memory

/// What the host permits, found out by trying; kernel versions are never compared.
public struct PortProbe: Sendable {
    public enum Feature: String, CaseIterable, Sendable {
        case uringSetup = "io_uring"
        case uringOperations = "io_uring operations"
        case uringReceive = "io_uring multishot receive"
        case segmentedSend = "UDP_SEGMENT"
        case mergedReceive = "UDP_GRO"
        case zeroCopySend = "io_uring sends without copying"
        case minimumWait = "io_uring waits that gather"
    }

    public struct Finding: Sendable {
        public let feature: Feature
        /// Nil when the feature works; else why not, as a sentence.
        public let refusal: String?

        public init(_ feature: Feature, refusal: String?) {
            self.feature = feature
            self.refusal = refusal
        }
    }

    public private(set) var findings: [Finding]

    /// For tests, and for what is known already.
    public init(findings: [Finding]) { self.findings = findings }

    /// The first reason why io_uring cannot serve; nil when it can.
    public var uringRefusal: String? {
        findings.first { !Self.optional.contains($0.feature) && $0.refusal != nil }?.refusal
    }

    /// What io_uring serves without.
    private static let optional: [Feature] = [.mergedReceive, .zeroCopySend, .minimumWait]

    public var segmentedSend: Bool { refusal(of: .segmentedSend) == nil }
    public var mergedReceive: Bool { refusal(of: .mergedReceive) == nil }

    public func refusal(of feature: Feature) -> String? { findings.first { $0.feature == feature }?.refusal }

    /// Tries everything on loopback. Takes a few milliseconds; any thread.
    public static func host() -> PortProbe {
        var probe = PortProbe(findings: [])
        probe.trySegments()
        probe.tryUring()
        return probe
    }

    private mutating func add(_ feature: Feature, _ refusal: String?) {
        findings.append(Finding(feature, refusal: refusal))
    }

    private mutating func trySegments() {
        guard let pair = LoopbackPair() else {
            add(.segmentedSend, "no UDP socket can be opened on loopback")
            add(.mergedReceive, "no UDP socket can be opened on loopback")
            return
        }
        defer { pair.close() }
        let gro = setOption(pair.receiver, Int32(IPPROTO_UDP), UDP_GRO, 1)
        let sent = pair.sendTwoSegments()
        add(.segmentedSend, sent == 0 ? nil : "a send with UDP_SEGMENT was refused: \(PortError.text(sent))")
        add(.mergedReceive, gro == 0 ? pair.refusalToMerge(sent) : "UDP_GRO was refused: \(PortError.text(gro))")
    }

    private mutating func tryUring() {
        let status = cu_try()
        guard status == 0 else {
            add(.uringSetup, Self.setupRefusal(-status))
            return
        }
        add(.uringSetup, nil)
        let missing = Self.missingOperations()
        add(.uringOperations, missing)
        guard missing == nil else { return }
        add(.minimumWait, Self.minimumWaitRefusal())
        add(.uringReceive, Self.tryReceive())
        add(.zeroCopySend, Self.tryZeroCopy())
    }

    private static func setupRefusal(_ errno: Int32) -> String {
        switch errno {
        case EPERM, EACCES:
            "the kernel or a container's seccomp profile forbids io_uring_setup (\(PortError.text(errno))); see "
                + "kernel.io_uring_disabled and the container's security options"
        case ENOSYS: "this kernel is built without io_uring (\(PortError.text(errno)))"
        case ENOTSUP: "this kernel's io_uring is too old"
        case ENOMEM: "there is too little lockable memory for io_uring (\(PortError.text(errno))); raise RLIMIT_MEMLOCK"
        default: "io_uring_setup was refused: \(PortError.text(errno))"
        }
    }

    private static func missingOperations() -> String? {
        let ring = UnsafeMutablePointer<cu_ring>.allocate(capacity: 1)
        defer { ring.deallocate() }
        let status = cu_open(ring, 8, 16)
        guard status == 0 else { return setupRefusal(-status) }
        defer { cu_close(ring) }
        let needed: [(io_uring_op, String)] = [
            (IORING_OP_SENDMSG, "sendmsg"), (IORING_OP_RECVMSG, "recvmsg"), (IORING_OP_POLL_ADD, "poll"),
            (IORING_OP_WRITE, "write"),
        ]
        for (operation, name) in needed where cu_supports(ring, Int32(operation.rawValue)) != 1 {
            return "io_uring here has no \(name)"
        }
        return nil
    }

    private static func minimumWaitRefusal() -> String? {
        let ring = UnsafeMutablePointer<cu_ring>.allocate(capacity: 1)
        defer { ring.deallocate() }
        let status = cu_open(ring, 8, 16)
        guard status == 0 else { return setupRefusal(-status) }
        defer { cu_close(ring) }
        return ring.pointee.features & UInt32(CU_FEATURE_MINIMUM_WAIT) != 0
            ? nil : "this kernel's io_uring cannot wait for a batch (6.12 and later can)"
    }

    /// Makes a real port and sends it a datagram: the provided buffers and the multishot receive must deliver it.
    private static func tryReceive() -> String? {
        guard let pair = LoopbackPair() else { return "no UDP socket can be opened on loopback" }
        defer { pair.close() }
        return tryPort(on: pair.receiver, pair) { (port, departures, arrivals) in
            guard pair.sendTwoSegments() == 0 || pair.sendOne() == 0 else { return "loopback takes no datagram" }
            let deadline = port.now() + 1_000_000_000
            while arrivals.count == 0, port.now() < deadline {
                port.exchange(&departures, &arrivals, deadline: deadline)
                let errors = port.counters.receiveErrors
                if errors > 0 { return "io_uring refused a multishot receive into provided buffers" }
            }
            return arrivals.count > 0 ? nil : "io_uring did not deliver a datagram by multishot receive within a second"
        }
    }

    /// Makes a real port and lets it send two segments from their cell: the cell must come home.
    private static func tryZeroCopy() -> String? {
        guard let pair = LoopbackPair() else { return "no UDP socket can be opened on loopback" }
        defer { pair.close() }
        return tryPort(on: pair.sender, pair) { (port, departures, arrivals) in
            guard let cell = departures.takeCell() else { return "there is no cell" }
            departures.push(
                Run(
                    cell: cell, byteCount: 1500, segmentBytes: 1000, segments: 2,
                    destination: Endpoint(ipv4: 0x7F00_0001, port: pair.port)))
            let deadline = port.now() + 1_000_000_000
            port.flush(&departures)
            while departures.freeCount < departures.capacity, port.now() < deadline {
                port.exchange(&departures, &arrivals, deadline: deadline)
            }
            let counters = port.counters
            guard departures.freeCount == departures.capacity else { return "io_uring does not notify of sent bytes" }
            guard counters.sendErrors.total == 0 else { return "io_uring here has no sendmsg without copying" }
            return counters.zeroCopySendsRefused == 0 ? nil : "too little memory may be locked; raise RLIMIT_MEMLOCK"
        }
    }

    private static func tryPort(
        on descriptor: Int32, _ pair: LoopbackPair,
        _ attempt: (inout Port, inout Departures, inout Arrivals) -> String?
    ) -> String? {
        var configuration = PortConfiguration()
        configuration.backend = .uring
        configuration.receiveBuffers = 4
        configuration.runs = 2
        configuration.zeroCopyBytes = 1
        let bytes = configuration.arenaBytes + Departures.byteCount(capacity: 2) + Arrivals.byteCount(capacity: 4)
        guard var arena = Arena(byteCount: bytes + 65536, useHugePages: false) else {
            return "there is no memory to try it"
        }
        let socket = PortSocket(descriptor: descriptor, isIPv4: true, port: pair.port, notes: [])
        do throws(PortError) {
            var port = try Port(
                socket: socket, doorbell: -1, configuration: configuration, probe: PortProbe(findings: []),
                arena: &arena)
            var departures = Departures(arena: &arena, capacity: 2)
            var arrivals = Arrivals(arena: &arena, capacity: 4)
            return attempt(&port, &departures, &arrivals)
        } catch {
            return error.description
        }
    }
}

/// Two IPv4 sockets on loopback, the sender connected to the receiver.
private struct LoopbackPair {
    let receiver: Int32
    let sender: Int32
    let port: UInt16

    init?() {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        receiver = socket(AF_INET, kind, 0)
        sender = socket(AF_INET, kind, 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(16)
        let (receiver, sender) = (receiver, sender)
        let isReady = withUnsafeMutablePointer(to: &name) { place in
            let address = UnsafeMutableRawPointer(place).assumingMemoryBound(to: sockaddr.self)
            return bind(receiver, address, 16) == 0 && getsockname(receiver, address, &length) == 0
                && connect(sender, address, 16) == 0
        }
        port = UInt16(bigEndian: name.sin_port)
        guard isReady else {
            close()
            return nil
        }
    }

    /// 0 or an errno.
    func sendTwoSegments() -> Int32 {
        let slot = UnsafeMutablePointer<cp_send_slot>.allocate(capacity: 1)
        defer { slot.deallocate() }
        cp_send_slot_init(slot)
        cp_send_slot_name(slot, 0, Endpoint(ipv4: 0x7F00_0001, port: port).low, port, true)
        var bytes = [UInt8](repeating: 0, count: 1500)
        return bytes.withUnsafeMutableBytes { buffer in
            cp_send_slot_bytes(slot, buffer.baseAddress, buffer.count, 1000)
            return sendmsg(sender, cp_send_slot_header(slot), 0) < 0 ? errno : 0
        }
    }

    /// After `sendTwoSegments` returned `sent`: both must arrive as one datagram. Without UDP_SEGMENT there is nothing that
    /// could be merged here.
    func refusalToMerge(_ sent: Int32) -> String? {
        guard sent == 0 else { return nil }
        var message = cp_message()
        let slot = UnsafeMutablePointer<cp_receive_slot>.allocate(capacity: 1)
        defer { slot.deallocate() }
        var bytes = [UInt8](repeating: 0, count: 2048)
        var wait = pollfd(fd: receiver, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 1000) == 1 else { return "what is sent with UDP_SEGMENT does not arrive on loopback" }
        let count = bytes.withUnsafeMutableBytes { buffer in
            cp_receive_prepare(&message, slot, buffer.baseAddress, buffer.count)
            return recvmsg(receiver, &message.msg_hdr, Int32(MSG_DONTWAIT))
        }
        let segment = cp_gro_segment(message.msg_hdr.msg_control, message.msg_hdr.msg_controllen)
        return count == 1500 && segment == 1000 ? nil : "UDP_GRO is accepted, yet datagrams arrive one by one"
    }

    func sendOne() -> Int32 { send(sender, "x", 1, 0) == 1 ? 0 : errno }

    func close() {
        if receiver >= 0 { _ = Glibc.close(receiver) }
        if sender >= 0 { _ = Glibc.close(sender) }
    }
}
