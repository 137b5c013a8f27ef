import Foundation
import NIOHTTP1

/// An HTTP request as a value: handlers see no channel.
struct Request: Sendable {
    var method: HTTPMethod
    /// As it came.
    var target: String
    /// Percent-decoded, without the slashes.
    var path: [String]
    var query: [String: String]
    var headers: HTTPHeaders
    var body: [UInt8]
    /// Whether the connection comes from this host.
    var isLoopback: Bool
    /// The client's address without its port; empty when it is not known.
    var address: String

    /// Nil when the target is not a path that can be decoded.
    init?(
        method: HTTPMethod, target: String, headers: HTTPHeaders = [:], body: [UInt8] = [], isLoopback: Bool,
        address: String = ""
    ) {
        guard let parts = RequestTarget(target) else { return nil }
        self.method = method
        self.target = target
        self.address = address
        path = parts.path
        query = parts.query
        self.headers = headers
        self.body = body
        self.isLoopback = isLoopback
    }

    /// The first value of a header, with its commas.
    func header(_ name: String) -> String? { headers.first(name: name) }

    /// The media type without parameters, in small letters.
    var contentType: String {
        let value = header("content-type")?.split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        return value.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
    var bearer: String? {
        guard let value = header("authorization") else { return nil }
        let parts = value.split(separator: " ")
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }

    /// The body as text; nil when it is not UTF-8.
    var text: String? { String(validating: body, as: UTF8.self) }
}
