import CPlatform
import Glibc
import Memory

/// A TCP connection on loopback: the client's end, and the accepted one for a port.
final class TcpClient {
    let descriptor: Int32
    /// The port's from `adopt` on.
    let accepted: Int32
    let source: Endpoint

    init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        precondition(cp_tcp_prepare_listener(listener) == 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(16)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let port = withUnsafeMutablePointer(to: &name) { place in
            let address = UnsafeMutableRawPointer(place).assumingMemoryBound(to: sockaddr.self)
            precondition(bind(listener, address, 16) == 0 && listen(listener, 4) == 0)
            precondition(getsockname(listener, address, &length) == 0)
            precondition(connect(descriptor, address, 16) == 0)
            precondition(getsockname(descriptor, address, &length) == 0)
            return UInt16(bigEndian: place.pointee.sin_port)
        }
        accepted = accept(listener, nil, nil)
        precondition(accepted >= 0)
        close(listener)
        self.descriptor = descriptor
        source = Endpoint(ipv4: 0x7F00_0001, port: port)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    static func framed(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }

    func write(_ bytes: [UInt8]) {
        precondition(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    /// The next frame; nil at the end of the connection, or after five seconds.
    func readFrame() -> [UInt8]? {
        guard let head = read(2) else { return nil }
        return read(Int(head[0]) << 8 | Int(head[1]))
    }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = recv(descriptor, &bytes, count, Int32(MSG_WAITALL))
        return got == count ? bytes : nil
    }

    /// Whether the other side has closed, once what it sent is read.
    func isClosed() -> Bool {
        while true {
            var bytes = [UInt8](repeating: 0, count: 65536)
            let got = recv(descriptor, &bytes, bytes.count, 0)
            if got <= 0 { return got == 0 || errno == ECONNRESET }
        }
    }
}
