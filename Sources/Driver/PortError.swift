import Glibc

/// Why a port could not be made. The text names what was tried, what the system said and what to do.
public enum PortError: Error, Equatable, CustomStringConvertible, Sendable {
    /// The text is no IPv4 or IPv6 address.
    case badAddress(String)
    case socketRefused(errno: Int32)
    case portInUse(address: String, port: UInt16)
    case notPermitted(address: String, port: UInt16, errno: Int32)
    case addressNotHere(address: String, errno: Int32)
    case bindRefused(address: String, port: UInt16, errno: Int32)
    /// io_uring was asked for by name and is not to be had.
    case uringRefused(String)
    case listenRefused(address: String, port: UInt16, errno: Int32)
    /// For the TCP connections.
    case noMemory

    public var description: String {
        switch self {
        case .badAddress(let text):
            "\"\(text)\" is not an IP address; give one such as :: or 192.0.2.1"
        case .socketRefused(let errno):
            "cannot open a UDP socket: \(Self.text(errno)); raise the limit of open files if it is that"
        case .portInUse(let address, let port):
            "UDP port \(port) on \(address) is in use by another process; stop it or choose another port "
                + "(ss -ulpn 'sport = :\(port)' shows who has it)"
        case .notPermitted(let address, let port, let errno):
            "binding UDP port \(port) on \(address) is not permitted: \(Self.text(errno)); choose a port above 1023, or "
                + "grant CAP_NET_BIND_SERVICE"
        case .addressNotHere(let address, let errno):
            "\(address) is not an address of this host: \(Self.text(errno)); bind :: for all addresses"
        case .bindRefused(let address, let port, let errno):
            "cannot bind UDP port \(port) on \(address): \(Self.text(errno))"
        case .listenRefused(let address, let port, let errno):
            "cannot listen on TCP port \(port) of \(address): \(Self.text(errno)); ICE-TCP uses the media port's number: choose "
                + "another port, or switch ICE-TCP off"
        case .noMemory: "there is no memory, or no descriptor, for TCP connections; lower the limits"
        case .uringRefused(let reason):
            "io_uring was asked for and is not available: \(reason); permit it or let the backend be chosen (auto)"
        }
    }

    static func binding(address: String, port: UInt16, errno: Int32) -> PortError {
        switch errno {
        case EADDRINUSE: .portInUse(address: address, port: port)
        case EACCES, EPERM: .notPermitted(address: address, port: port, errno: errno)
        case EADDRNOTAVAIL: .addressNotHere(address: address, errno: errno)
        default: .bindRefused(address: address, port: port, errno: errno)
        }
    }

    /// "Permission denied (errno 13)".
    static func text(_ errno: Int32) -> String { "\(String(cString: strerror(errno))) (errno \(errno))" }
}
