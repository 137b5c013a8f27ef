import CLoad
import Driver
import Memory

/// One UDP socket on the server's own driver, for the plain RTP tools. Made and used on one thread.
struct RtpStand: ~Copyable {
    private static let cells = 256
    private static let arrivalsMax = 256

    var port: Port
    var departures: Departures
    var arrivals: Arrivals
    /// Members go in this order: the socket after the port that uses it, the memory last.
    private let owned: OwnedSocket
    private let arena: Arena

    var socket: PortSocket { owned.socket }

    /// Bound to `address` and `number`; 0 for any port.
    static func make(address: String, port number: UInt16) throws(LoadError) -> RtpStand {
        var configuration = PortConfiguration()
        configuration.runs = cells
        let bytes =
            configuration.arenaBytes + Departures.byteCount(capacity: cells)
            + Arrivals.byteCount(capacity: arrivalsMax) + 65536
        guard var arena = Arena(byteCount: bytes) else { throw LoadError("no memory for the driver's buffers") }
        let departures = Departures(arena: &arena, capacity: cells)
        let arrivals = Arrivals(arena: &arena, capacity: arrivalsMax)
        let socket = try openSocket(address, number)
        let port = try openPort(socket, configuration, &arena)
        return RtpStand(port: port, departures: departures, arrivals: arrivals, socket: socket, arena: arena)
    }

    private init(
        port: consuming Port, departures: consuming Departures, arrivals: consuming Arrivals, socket: PortSocket,
        arena: consuming Arena
    ) {
        self.port = port
        self.departures = departures
        self.arrivals = arrivals
        owned = OwnedSocket(socket: socket)
        self.arena = arena
    }

    private static func openSocket(_ address: String, _ number: UInt16) throws(LoadError) -> PortSocket {
        do throws(PortError) { return try .open(address: address, port: number) } catch { throw LoadError("\(error)") }
    }

    private static func openPort(
        _ socket: PortSocket, _ configuration: PortConfiguration, _ arena: inout Arena
    ) throws(LoadError) -> Port {
        do throws(PortError) {
            return try Port(
                socket: socket, doorbell: -1, configuration: configuration, probe: .host(), arena: &arena)
        } catch { throw LoadError("\(error)") }
    }
}

/// Closes it in the end.
struct OwnedSocket: ~Copyable {
    let socket: PortSocket
    deinit { socket.close() }
}

/// `HOST:PORT`, an IPv6 address in brackets.
public struct RtpAddress: Sendable {
    public let host: String
    public let port: UInt16

    /// Nil when it is not of that form.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let number = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var name = text[..<colon]
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty else { return nil }
        host = String(name)
        port = number
    }

    /// 16 bytes in network order.
    func resolve() throws(LoadError) -> InlineArray<16, UInt8> {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        let status = withUnsafeMutableBytes(of: &bytes) {
            cl_resolve(host, $0.assumingMemoryBound(to: UInt8.self).baseAddress!)
        }
        guard status == 0 else { throw LoadError("\(host) has no address") }
        return bytes
    }
}
