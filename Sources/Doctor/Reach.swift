import Glibc
import Wire

/// What a STUN server (RFC 8489) says about this host's way out.
public enum ReachAnswer: Equatable, Sendable {
    /// The address and the port that the server saw the media port as.
    case seen(address: String, port: UInt16)
    case silent(String)

    /// Asks from the media port (from another while that is taken), three times in all, a second each.
    static func ask(_ server: String, _ plan: Plan) -> ReachAnswer {
        guard let target = resolve(server) else {
            return .silent("\(server) is no HOST:PORT that can be resolved to an IPv4 address")
        }
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return .silent("no UDP socket can be opened") }
        defer { close(descriptor) }
        var own = sockaddr_in()
        own.sin_family = sa_family_t(AF_INET)
        own.sin_port = plan.mediaPort.bigEndian
        _ = withName(&own) { bind(descriptor, $0, 16) }
        for _ in 0..<3 {
            if let answer = exchange(descriptor, target) { return answer }
        }
        return .silent("\(server) did not answer within three seconds")
    }

    private static func exchange(_ descriptor: Int32, _ target: sockaddr_in) -> ReachAnswer? {
        let id = StunTransactionId(first: .random(in: 0 ... .max), last: .random(in: 0 ... .max))
        var bytes = [UInt8](repeating: 0, count: 1500)
        let count = bytes.withUnsafeMutableBytes { buffer -> Int in
            guard var writer = try? StunWriter(plainBindingRequest: id, into: ByteWriter(buffer)) else { return 0 }
            writer.appendFingerprint()
            return writer.byteCount
        }
        var target = target
        guard withName(&target, { sendto(descriptor, bytes, count, 0, $0, 16) }) == count else { return nil }
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, 1000) == 1, case let length = recv(descriptor, &bytes, bytes.count, 0), length >= 20 else {
            return nil
        }
        return read(bytes[..<length], id)
    }

    static func read(_ bytes: ArraySlice<UInt8>, _ id: StunTransactionId) -> ReachAnswer? {
        bytes.withUnsafeBytes { buffer in
            guard let message = try? StunMessage(parsing: buffer.bytes), message.transactionId == id,
                message.hasMappedAddress, message.mappedAddress.isIPv4
            else { return nil }
            let address = message.mappedAddress.ipv4
            let parts = [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }
            return .seen(address: parts.joined(separator: "."), port: message.mappedAddress.port)
        }
    }

    private static func resolve(_ server: String) -> sockaddr_in? {
        let parts = server.split(separator: ":")
        guard parts.count <= 2, let host = parts.first else { return nil }
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(String(host), parts.count == 2 ? String(parts[1]) : "3478", &hints, &found) == 0,
            let found, let name = found.pointee.ai_addr
        else { return nil }
        defer { freeaddrinfo(found) }
        return UnsafeRawPointer(name).loadUnaligned(as: sockaddr_in.self)
    }

    private static func withName<Result>(
        _ name: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &name) {
            body(UnsafeMutableRawPointer($0).assumingMemoryBound(to: sockaddr.self))
        }
    }
}
