import HTTPTypes
import Hummingbird
import Platform

/// What every refusal over HTTP looks like: `{"error": {"code": …, "message": …}}`.
public struct ErrorDocument: Encodable, Sendable {
    private struct Refusal: Encodable {
        /// For programs.
        var code: String
        /// For people.
        var message: String
    }
    private var error: Refusal

    public init(code: String, message: String) { error = Refusal(code: code, message: message) }
}

extension PlatformError {
    static func invalid(_ message: String) -> PlatformError { PlatformError(code: .validation, message: message) }
    static func unauthorized(_ message: String) -> PlatformError {
        PlatformError(code: .unauthorized, message: message)
    }

    /// The one shape of all errors.
    var response: Response {
        var response = Self.response(
            code: code.rawValue, message: message, status: HTTPResponse.Status(code: code.status))
        if let retrySeconds { response.headers[.retryAfter] = String(retrySeconds) }
        // RFC 9110 §11.6.1: a 401 names a scheme.
        if code == .unauthorized { response.headers[.wwwAuthenticate] = "Millrace" }
        return response
    }
    static func response(code: String, message: String, status: HTTPResponse.Status) -> Response {
        Response.json(ErrorDocument(code: code, message: message), status: status)
    }
}
