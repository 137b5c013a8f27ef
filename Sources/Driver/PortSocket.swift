import CPlatform
import Glibc

/// A bound UDP socket. A handle: copies refer to the same descriptor, and whoever opened it closes it, after the ports
/// that use it are gone.
public struct PortSocket: Sendable {
    public let descriptor: Int32
    /// The socket is of the IPv4 family: mapped addresses are converted on their way in and out.
    public let isIPv4: Bool
    public let port: UInt16
    /// What the host did not give, a sentence each.
    public let notes: [String]

    /// What is asked of the kernel; it keeps about half for payload.
    public static let bufferBytes: Int32 = 16 << 20

    /// Opens `count` sockets on one address and port, one for each shard, as one SO_REUSEPORT group in this order.
    /// Refused when another process has the port, which SO_REUSEPORT alone would hide. `port` 0 lets the kernel choose.
    public static func openGroup(
        address: String, port: UInt16, count: Int, bufferBytes: Int32 = bufferBytes
    ) throws(PortError) -> [PortSocket] {
        var binding = try Binding(address)
        var notes: [String] = []
        let holder = try binding.hold(port, &notes)
        var sockets = [try binding.openFirst(holder: holder, bufferBytes: bufferBytes, notes: notes)]
        for _ in 1..<count {
            do throws(PortError) {
                sockets.append(try binding.open(port: sockets[0].port, bufferBytes: bufferBytes, notes: []))
            } catch {
                for socket in sockets { socket.close() }
                throw error
            }
        }
        return sockets
    }

    public static func open(
        address: String, port: UInt16, bufferBytes: Int32 = bufferBytes
    ) throws(PortError) -> PortSocket {
        try openGroup(address: address, port: port, count: 1, bufferBytes: bufferBytes)[0]
    }

    /// One that another process has opened and bound; nil when the descriptor is none such.
    public static func adopt(_ descriptor: Int32) -> PortSocket? {
        var name = sockaddr_in6()
        var length = socklen_t(28)
        let status = withUnsafeMutablePointer(to: &name) {
            getsockname(descriptor, UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self), &length)
        }
        let family = Int32(name.sin6_family)
        guard status == 0, family == AF_INET || family == AF_INET6, name.sin6_port != 0 else { return nil }
        // The port is at the same place in both families.
        return PortSocket(
            descriptor: descriptor, isIPv4: family == AF_INET, port: UInt16(bigEndian: name.sin6_port), notes: [])
    }

    /// Nobody reads this socket: the kernel is to give its datagrams to others of the group. The descriptor stays taken until `close`.
    public func leaveGroup() {
        let nothing = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard nothing >= 0 else { return }
        _ = dup2(nothing, descriptor)
        _ = Glibc.close(nothing)
    }

    public func close() { _ = Glibc.close(descriptor) }
}

/// Where to bind: an address and the family that serves it.
struct Binding {
    let address: String
    private(set) var isIPv4: Bool
    private var bytes: [UInt8]
    private let isAny6: Bool
    private let isTcp: Bool

    init(_ address: String, isTcp: Bool = false) throws(PortError) {
        self.address = address
        self.isTcp = isTcp
        bytes = [UInt8](repeating: 0, count: 16)
        isIPv4 = inet_pton(AF_INET, address, &bytes) == 1
        if !isIPv4, inet_pton(AF_INET6, address, &bytes) != 1 { throw .badAddress(address) }
        isAny6 = !isIPv4 && bytes.allSatisfy { $0 == 0 }
    }

    /// A socket bound without SO_REUSEPORT: that fails when anybody has the port, and a port that the kernel chooses is
    /// nobody's. With SO_REUSEPORT it may choose the port of another group of the same user. Finds out whether IPv6 exists.
    mutating func hold(_ port: UInt16, _ notes: inout [String]) throws(PortError) -> Int32 {
        var (descriptor, refusal) = tryOnce(port)
        if isAny6, refusal == EAFNOSUPPORT || refusal == EADDRNOTAVAIL {
            isIPv4 = true
            notes.append("this host has no IPv6; listening on 0.0.0.0, IPv4 only")
            (descriptor, refusal) = tryOnce(port)
        }
        guard refusal == 0 else {
            if refusal == EAFNOSUPPORT || refusal == EMFILE || refusal == ENFILE {
                throw .socketRefused(errno: refusal)
            }
            throw .binding(address: address, port: port, errno: refusal)
        }
        return descriptor
    }

    private func tryOnce(_ port: UInt16) -> (descriptor: Int32, refusal: Int32) {
        let descriptor = makeSocket()
        guard descriptor >= 0 else { return (-1, errno) }
        let refusal = bind(descriptor, port)
        if refusal != 0 { close(descriptor) }
        return (descriptor, refusal)
    }

    /// The group's first member on the port that `holder` has; it is closed then. The port is never free in between, and
    /// the holder is gone before there is a second member: their order is that of the shards.
    func openFirst(holder: Int32, bufferBytes: Int32, notes: [String]) throws(PortError) -> PortSocket {
        defer { close(holder) }
        setOption(holder, SOL_SOCKET, SO_REUSEPORT, 1)
        return try open(port: boundPort(holder), bufferBytes: bufferBytes, notes: notes)
    }

    func open(port: UInt16, bufferBytes: Int32, notes: [String]) throws(PortError) -> PortSocket {
        let descriptor = makeSocket()
        guard descriptor >= 0 else { throw .socketRefused(errno: errno) }
        var notes = notes
        setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1)
        // UDP_GRO before bind, so that no datagram comes in between.
        setOption(descriptor, Int32(IPPROTO_UDP), UDP_GRO, 1)
        if let note = setBuffer(descriptor, SO_RCVBUFFORCE, SO_RCVBUF, bufferBytes, "receive", "net.core.rmem_max") {
            notes.append(note)
        }
        if let note = setBuffer(descriptor, SO_SNDBUFFORCE, SO_SNDBUF, bufferBytes, "send", "net.core.wmem_max") {
            notes.append(note)
        }
        let refusal = bind(descriptor, port)
        guard refusal == 0 else {
            close(descriptor)
            throw .binding(address: address, port: port, errno: refusal)
        }
        return PortSocket(descriptor: descriptor, isIPv4: isIPv4, port: boundPort(descriptor), notes: notes)
    }

    /// Listens for TCP connections; there is no IPv6 on a host where the datagrams' socket has none.
    mutating func listen(_ port: UInt16, ipv4Only: Bool) throws(PortError) -> Int32 {
        if isAny6, ipv4Only { isIPv4 = true }
        let descriptor = makeSocket()
        guard descriptor >= 0 else { throw .socketRefused(errno: errno) }
        var refusal = cp_tcp_prepare_listener(descriptor)
        if refusal == 0 { refusal = bind(descriptor, port) }
        if refusal == 0, Glibc.listen(descriptor, 512) != 0 { refusal = errno }
        guard refusal == 0 else {
            close(descriptor)
            throw .listenRefused(address: address, port: port, errno: refusal)
        }
        return descriptor
    }

    private func makeSocket() -> Int32 {
        let type = isTcp ? Int32(SOCK_STREAM.rawValue) : Int32(SOCK_DGRAM.rawValue)
        let kind = type | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(isIPv4 ? AF_INET : AF_INET6, kind, 0)
        // "::" serves IPv4 too; a single IPv6 address cannot.
        if descriptor >= 0, !isIPv4 { setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, isAny6 ? 0 : 1) }
        return descriptor
    }

    private func bind(_ descriptor: Int32, _ port: UInt16) -> Int32 {
        let status: Int32
        if isIPv4 {
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_port = port.bigEndian
            if !isAny6 { name.sin_addr.s_addr = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) } }
            status = withUnsafePointer(to: &name) {
                Glibc.bind(descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 16)
            }
        } else {
            var name = sockaddr_in6()
            name.sin6_family = sa_family_t(AF_INET6)
            name.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: bytes) }
            status = withUnsafePointer(to: &name) {
                Glibc.bind(descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 28)
            }
        }
        return status == 0 ? 0 : errno
    }

    private func boundPort(_ descriptor: Int32) -> UInt16 {
        var name = sockaddr_in6()
        var length = socklen_t(28)
        let status = withUnsafeMutablePointer(to: &name) {
            getsockname(descriptor, UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self), &length)
        }
        // The port is at the same place in both families.
        return status == 0 ? UInt16(bigEndian: name.sin6_port) : 0
    }
}

@discardableResult
func setOption(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) -> Int32 {
    var value = value
    return setsockopt(descriptor, level, name, &value, 4) == 0 ? 0 : errno
}

/// A note when the kernel gave less than half of what was asked for. (It reports twice what it grants.)
private func setBuffer(
    _ descriptor: Int32, _ force: Int32, _ plain: Int32, _ wanted: Int32, _ name: String, _ setting: String
) -> String? {
    if setOption(descriptor, SOL_SOCKET, force, wanted) == 0 { return nil }
    setOption(descriptor, SOL_SOCKET, plain, wanted)
    var granted: Int32 = 0
    var length = socklen_t(4)
    getsockopt(descriptor, SOL_SOCKET, plain, &granted, &length)
    guard granted / 2 < wanted else { return nil }
    return
        "the socket's \(name) buffer is \(granted / 2) bytes instead of \(wanted); bursts may be lost: raise \(setting) "
        + "or grant CAP_NET_ADMIN"
}
