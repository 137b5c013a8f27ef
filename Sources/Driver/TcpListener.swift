import CPlatform
import Glibc
import Memory

/// A listening TCP socket. A handle: whoever opened it closes it.
public struct TcpListener: Sendable {
    public let descriptor: Int32

    /// Listens on one address and port. What is accepted inherits its bounds: no delay, 256 KiB to receive into, 64 KiB of
    /// unsent bytes, an end after 30 s without acknowledgement. `ipv4Only` for hosts without IPv6.
    public static func open(address: String, port: UInt16, ipv4Only: Bool) throws(PortError) -> TcpListener {
        var binding = try Binding(address, isTcp: true)
        return TcpListener(descriptor: try binding.listen(port, ipv4Only: ipv4Only))
    }

    /// One that another process has opened.
    public static func adopt(_ descriptor: Int32) -> TcpListener { TcpListener(descriptor: descriptor) }

    /// The next connection, a blocking descriptor, and where it comes from; or a positive errno (EAGAIN: there is none).
    public func accept() -> Result<(descriptor: Int32, source: Endpoint), ListenerRefusal> {
        var name: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var length: UInt32 = 0
        return withUnsafeMutableBytes(of: &name) { bytes in
            let address = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
            let descriptor = cp_tcp_accept(self.descriptor, address, &length)
            guard descriptor >= 0 else { return .failure(ListenerRefusal(errno: -descriptor)) }
            return .success((descriptor, endpoint(ofName: address, length: Int(length)) ?? .none))
        }
    }

    public func close() { _ = Glibc.close(descriptor) }
}

public struct ListenerRefusal: Error {
    /// Positive.
    public let errno: Int32
}
