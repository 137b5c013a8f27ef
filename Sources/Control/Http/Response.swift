import Foundation
import NIOHTTP1
import Rest

/// An HTTP response as a value.
struct Response: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: [UInt8]

    init(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(.ok, headers: ["Content-Type": type, "Cache-Control": "no-store"], body: Array(text.utf8))
    }

    static func json(_ value: some Encodable, status: HTTPResponseStatus = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding fails for numbers that JSON has not, and none of our values has any.
        let body = (try? encoder.encode(value)).map { Array($0) } ?? []
        return Response(status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"], body: body)
    }

    func with(_ name: String, _ value: String) -> Response {
        var copy = self
        copy.headers.replaceOrAdd(name: name, value: value)
        return copy
    }
}

/// A request that is refused. The body is an `ErrorDocument`.
struct ApiError: Error, Equatable, CustomStringConvertible {
    var status: HTTPResponseStatus
    /// For programs.
    var code: String
    /// For people.
    var message: String
    var headers: [String: String] = [:]

    var description: String { "\(status.code) \(code): \(message)" }

    var response: Response {
        var response = Response.json(ErrorDocument(code: code, message: message), status: status)
        for (name, value) in headers { response.headers.replaceOrAdd(name: name, value: value) }
        return response
    }

    static func badRequest(_ message: String, code: String = "VALIDATION_ERROR") -> ApiError {
        ApiError(status: .badRequest, code: code, message: message)
    }
    // RFC 6750 §3: the challenge names the scheme.
    static func unauthorized(_ message: String) -> ApiError {
        ApiError(status: .unauthorized, code: "UNAUTHORIZED", message: message, headers: ["WWW-Authenticate": "Bearer"])
    }
    static func forbidden(_ message: String) -> ApiError {
        ApiError(status: .forbidden, code: "FORBIDDEN", message: message)
    }
    static let notFound = ApiError(status: .notFound, code: "NOT_FOUND", message: "there is nothing at this address")
    static func unavailable(_ message: String, code: String, retrySeconds: Int) -> ApiError {
        ApiError(
            status: .serviceUnavailable, code: code, message: message, headers: ["Retry-After": String(retrySeconds)])
    }
    static let internalError = ApiError(
        status: .internalServerError, code: "INTERNAL_ERROR", message: "the request failed inside the server")
}

extension RegistryError {
    var apiError: ApiError {
        switch self {
        case .draining: .unavailable(description, code: "DRAINING", retrySeconds: 30)
        case .roomFull: ApiError(status: .serviceUnavailable, code: "ROOM_FULL", message: description)
        case .peerProducersExhausted:
            ApiError(status: .unprocessableEntity, code: "TOO_MANY_SOURCES", message: description)
        case .overloaded: .unavailable(description, code: "OVERLOADED", retrySeconds: 5)
        case .shardBusy: .unavailable(description, code: "BUSY", retrySeconds: 1)
        case .roomsExhausted, .peersExhausted, .producersExhausted, .roomProducersExhausted, .consumersExhausted:
            .unavailable(description, code: "CAPACITY", retrySeconds: 10)
        }
    }
}
