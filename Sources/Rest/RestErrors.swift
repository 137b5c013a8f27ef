import HTTPTypes
import Hummingbird
import Platform

extension PlatformError {
    static func invalid(_ message: String) -> PlatformError { PlatformError(code: .validation, message: message) }
    static func unauthorized(_ message: String) -> PlatformError {
        PlatformError(code: .unauthorized, message: message)
    }

    private struct Body: Encodable {
        struct Inner: Encodable {
            var code: String
            var message: String
        }
        var error: Inner
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
        Response.json(Body(error: .init(code: code, message: message)), status: status)
    }
}
