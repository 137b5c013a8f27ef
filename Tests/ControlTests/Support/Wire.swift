import Foundation
import Glibc

/// A blocking TCP connection to 127.0.0.1, so that tests can send what no proper client would.
final class Wire {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw WireError.refused }
        // A test that waits for what never comes fails instead of hanging.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    enum WireError: Error { case refused, closed }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func read(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { guard fill() else { throw WireError.closed } }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    func readLine() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: buffer.prefix(end), as: UTF8.self).trimmingCharacters(
                    in: .whitespacesAndNewlines)
            }
            guard fill() else { throw WireError.closed }
        }
    }

    /// Everything until the other side closes.
    func readToEnd() -> [UInt8] {
        while fill() {}
        defer { buffer = [] }
        return buffer
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk.prefix(count)
        return true
    }
}

struct Reply {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }
    var errorCode: String { (json["error"] as? [String: Any])?["code"] as? String ?? "" }
}

/// One HTTP request on a connection of its own.
func http(
    _ port: Int, _ method: String, _ target: String, headers: [String: String] = [:], body: [UInt8]? = nil
) throws -> Reply {
    let wire = try Wire(port: port)
    var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    wire.write(Array((head + "\r\n").utf8) + (body ?? []))
    let status = Int(try wire.readLine().split(separator: " ")[1])!
    var replied: [String: String] = [:]
    while true {
        let line = try wire.readLine()
        if line.isEmpty { break }
        let parts = line.split(separator: ":", maxSplits: 1)
        replied[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    return Reply(status: status, headers: replied, body: wire.readToEnd())
}
