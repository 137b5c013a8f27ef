import Driver
import Glibc

/// What can only be found out by trying. Plain data, so that a test can say what a host would answer.
public struct Probes: Sendable {
    public var port = PortProbe(findings: [])
    public var steering = SteeringAnswer.addresses
    /// Bytes that a socket's buffers were given.
    public var receiveBufferBytes = 0
    public var sendBufferBytes = 0
    /// This host's addresses, by card.
    public var addresses: [CardAddress] = []
    /// One line for each port that could not be bound.
    public var bindRefusals: [BindRefusal] = []
    /// What a STUN server saw; nil when none was asked.
    public var reach: ReachAnswer?
    /// Now, in seconds since 1970.
    public var unixSeconds: Int64 = 0

    public init() {}
}

public enum SteeringAnswer: Equatable, Sendable {
    case addresses
    /// Why not by addresses, as a sentence.
    case names(String)
    case none(String)
}

public struct CardAddress: Equatable, Sendable {
    public var card: String
    public var address: String
    public var isUp: Bool

    public init(card: String, address: String, isUp: Bool = true) {
        self.card = card
        self.address = address
        self.isUp = isUp
    }
}

public struct BindRefusal: Equatable, Sendable {
    public var what: String
    public var why: String
    public var isInUse: Bool

    public init(what: String, why: String, isInUse: Bool) {
        self.what = what
        self.why = why
        self.isInUse = isInUse
    }
}

extension Probes {
    /// Tries everything that `plan` needs. Opens and closes sockets on loopback and on the plan's ports; takes some
    /// milliseconds, and up to three seconds when `stunServer` (HOST:PORT) is to be asked.
    public static func tried(_ plan: Plan, stunServer: String? = nil) -> Probes {
        var probes = Probes()
        probes.port = PortProbe.host()
        probes.trySteering()
        probes.tryBuffers()
        probes.tryPorts(plan)
        probes.addresses = CardAddress.all()
        if let stunServer { probes.reach = ReachAnswer.ask(stunServer, plan) }
        probes.unixSeconds = Int64(time(nil))
        return probes
    }

    private mutating func trySteering() {
        do throws(PortError) {
            let sockets = try PortSocket.openGroup(address: "127.0.0.1", port: 0, count: 2)
            defer { for socket in sockets { socket.close() } }
            do throws(SteeringRefusal) {
                let attached = try Steering.attach(sockets.map(\.descriptor), mapCapacity: 16)
                steering = attached.note.map { .names($0) } ?? .addresses
                attached.detach()
            } catch { steering = .none(error.description) }
        } catch { steering = .none(error.description) }
    }

    private mutating func tryBuffers() {
        guard let socket = try? PortSocket.open(address: "127.0.0.1", port: 0) else { return }
        defer { socket.close() }
        func granted(_ option: Int32) -> Int {
            var value: Int32 = 0
            var length = socklen_t(4)
            // The kernel reports twice what it grants.
            return getsockopt(socket.descriptor, SOL_SOCKET, option, &value, &length) == 0 ? Int(value) / 2 : 0
        }
        receiveBufferBytes = granted(SO_RCVBUF)
        sendBufferBytes = granted(SO_SNDBUF)
    }

    private mutating func tryPorts(_ plan: Plan) {
        attempt("UDP port \(plan.mediaPort)") { () throws(PortError) in
            try PortSocket.open(address: plan.bindAddress, port: plan.mediaPort).close()
        }
        if plan.takesTcpMedia { tryTcp(plan.mediaPort, at: plan.bindAddress) }
        for address in plan.httpAddresses { tryTcp(plan.httpPort, at: address) }
    }

    private mutating func tryTcp(_ port: UInt16, at address: String) {
        attempt("TCP port \(port)") { () throws(PortError) in
            let hasIPv6 = access("/proc/net/if_inet6", F_OK) == 0
            try TcpListener.open(address: address, port: port, ipv4Only: !hasIPv6).close()
        }
    }

    private mutating func attempt(_ what: String, _ body: () throws(PortError) -> Void) {
        do throws(PortError) { try body() } catch {
            var isInUse = false
            switch error {
            case .portInUse: isInUse = true
            case .listenRefused(_, _, let errno): isInUse = errno == EADDRINUSE
            default: break
            }
            bindRefusals.append(BindRefusal(what: what, why: error.description, isInUse: isInUse))
        }
    }
}

extension CardAddress {
    static func all() -> [CardAddress] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var all: [CardAddress] = []
        var next = first
        while let entry = next {
            next = entry.pointee.ifa_next
            guard let name = entry.pointee.ifa_addr, let text = text(name) else { continue }
            let isUp = entry.pointee.ifa_flags & UInt32(IFF_UP) != 0
            all.append(CardAddress(card: String(cString: entry.pointee.ifa_name), address: text, isUp: isUp))
        }
        return all
    }

    private static func text(_ name: UnsafeMutablePointer<sockaddr>) -> String? {
        let family = Int32(name.pointee.sa_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        // Where the address begins in sockaddr_in and in sockaddr_in6.
        let bytes = UnsafeRawPointer(name) + (family == AF_INET ? 4 : 8)
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(family, bytes, &text, 64) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
