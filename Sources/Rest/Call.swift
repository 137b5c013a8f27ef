import Foundation
import HTTPTypes
import Hummingbird
import Platform
import Store

/// One request, with who makes it, as handlers see it.
struct Call: Sendable {
    let request: Request
    let context: RestContext
    let origin: Origin
    let gate: Gate

    /// The tenant of the credentials.
    func tenant() throws(PlatformError) -> String { try gate.tenant(origin, request.headers) }

    func parameter(_ name: String) throws(PlatformError) -> String {
        guard let text = context.parameters.get(name)?.removingPercentEncoding else {
            throw .invalid("\(name) is not percent-encoded UTF-8")
        }
        return text
    }

    /// Hummingbird has decoded it.
    func query(_ name: String) -> String? { request.uri.queryParameters[Substring(name)].map { String($0) } }

    func number<Number: FixedWidthInteger>(_ name: String, or fallback: Number) throws(PlatformError) -> Number {
        guard let text = query(name) else { return fallback }
        guard let number = Number(text) else { throw .invalid("?\(name) is a whole number") }
        return number
    }

    /// The body as JSON. An empty one stands for an object without members.
    func body<Body: Decodable>(_ type: Body.Type = Body.self) throws(PlatformError) -> Body {
        let bytes = context.source.request.body
        do {
            return try JSONDecoder().decode(type, from: bytes.isEmpty ? Data("{}".utf8) : Data(bytes))
        } catch let error as DecodingError {
            throw .invalid(error.plain)
        } catch {
            throw .invalid("the body is not JSON")
        }
    }
}

extension DecodingError {
    /// Where in the body, and what was expected; nothing of how it is read.
    fileprivate var plain: String {
        switch self {
        case .keyNotFound(let key, _): "the body lacks \(key.stringValue)"
        case .typeMismatch(_, let place), .valueNotFound(_, let place): place.plain + " has the wrong type"
        case .dataCorrupted(let place): place.plain + " is not JSON, or has a wrong value"
        @unknown default: "the body is not what was expected"
        }
    }
}

extension DecodingError.Context {
    fileprivate var plain: String {
        codingPath.isEmpty ? "the body" : codingPath.map(\.stringValue).joined(separator: ".")
    }
}

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Views hold texts, whole numbers and lists of such, which all have an encoding.
        let data = (try? encoder.encode(value)) ?? Data()
        return bytes(data, type: "application/json", status: status)
    }

    static func bytes(_ data: some Sequence<UInt8>, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    static var nothing: Response { Response(status: .noContent) }
}

/// What all handlers share.
struct Handlers: Sendable {
    let platform: Platform
    let gate: Gate
    /// Nil where no host answers.
    let desk: (any Desk)?
    let ended: @Sendable ([Session]) -> Void

    typealias Handler = @Sendable (Call) async throws -> Response

    func add(
        _ method: HTTPRequest.Method, _ path: RouterPath, to router: Router<RestContext>, _ handler: @escaping Handler
    ) {
        router.on(path, method: method) { request, context in
            let origin = try await origin(request, context)
            do {
                return try await handler(Call(request: request, context: context, origin: origin, gate: gate))
            } catch {
                if case .app(let app) = origin.caller { platform.tally.count(app) { $0.refusals += 1 } }
                throw error
            }
        }
    }

    private func origin(_ request: Request, _ context: RestContext) async throws(PlatformError) -> Origin {
        do throws(PlatformError) { return try await gate.origin(request.headers, context.source) } catch {
            // A tenant that asks too often has proved itself, and is counted where it did.
            if error.code == .unauthorized { platform.tally.count(TenantTally.nobody) { $0.refusals += 1 } }
            throw error
        }
    }
}
