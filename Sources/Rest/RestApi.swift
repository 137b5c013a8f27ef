import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Platform
import Store

/// A request, as the HTTP server has read it.
public struct RestRequest: Sendable {
    /// In capitals.
    public var method: String
    /// Path and query, as they came.
    public var target: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Found again in the audit log.
    public var id: String
    /// Whether it comes from this host, in development, and so needs no admin key.
    public var isTrusted: Bool
    /// Whose requests are counted together: the client's address, without its port.
    public var address: String

    public init(
        method: String, target: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [], id: String,
        address: String, isTrusted: Bool = false
    ) {
        self.address = address
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.id = id
        self.isTrusted = isTrusted
    }
}

public struct RestResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
}

/// Answers requests to the API. Listens nowhere by itself.
public struct RestApi: Sendable {
    public static let bodyBytesMax = 64 * 1024

    private let responder: RouterResponder<RestContext>
    private let addresses: Addresses
    private let platform: Platform
    private let log: Logger

    /// - Parameters:
    ///   - adminKey: what the operator sends as `x-admin-key`; nil when there is none.
    ///   - desk: the hosts that serve; nil where there are none.
    ///   - ended: told of stays that a request has ended, whose connections are to be closed on all hosts.
    public init(
        platform: Platform, adminKey: String?, log: Logger, desk: (any Desk)? = nil,
        ended: @escaping @Sendable ([Session]) -> Void = { _ in }
    ) {
        self.log = log
        self.platform = platform
        let gate = Gate(platform: platform, adminKey: adminKey)
        let router = Self.router(Handlers(platform: platform, gate: gate, desk: desk, ended: ended))
        responder = router.buildResponder()
        addresses = Addresses(router.routes)
    }

    static func router(_ handlers: Handlers) -> Router<RestContext> {
        let router = Router(context: RestContext.self)
        handlers.addApps(to: router)
        handlers.addRooms(to: router)
        handlers.addRecords(to: router)
        handlers.addWebhooks(to: router)
        handlers.addAdmin(to: router)
        handlers.addReference(to: router)
        return router
    }

    /// Never fails: an error becomes a response.
    public func respond(to request: RestRequest) async -> RestResponse {
        let response = await answer(request)
        var headers = response.headers.map { (name: $0.name.rawName, value: $0.value) }
        headers.append((name: "x-request-id", value: request.id))
        if response.headers[.cacheControl] == nil { headers.append((name: "cache-control", value: "no-store")) }
        let body = BodyCollector()
        do { try await response.body.write(body) } catch {
            log.error("a response could not be written", metadata: ["error": "\(error)"])
        }
        return RestResponse(status: response.status.code, headers: headers, body: body.bytes)
    }

    private func answer(_ request: RestRequest) async -> Response {
        do {
            try platform.admit(address: request.address)
            guard request.body.count <= Self.bodyBytesMax else {
                throw PlatformError.invalid("the body is longer than \(Self.bodyBytesMax) bytes")
            }
            let context = RestContext(source: RestSource(request: request, logger: log))
            let response = try await responder.respond(to: try head(request), context: context)
            // Where no route was found Hummingbird answers in a shape of its own, and names no path.
            guard context.coreContext.endpointPath.value?.hasPrefix("/") == true else {
                return nothing(at: request.target)
            }
            return response
        } catch let error as PlatformError {
            return error.response
        } catch {
            log.error("a request failed", metadata: ["request": "\(request.id)", "error": "\(error)"])
            return PlatformError(code: .internalError, message: "the request failed inside the server").response
        }
    }

    /// RFC 9110 §15.5.6: where there is something, and the method is wrong, 405 names the right ones.
    private func nothing(at target: String) -> Response {
        let path = target.prefix { $0 != "?" }
        let allowed = addresses.methods(at: path).joined(separator: ", ")
        guard !allowed.isEmpty else {
            return PlatformError(code: .notFound, message: "there is nothing at this address").response
        }
        var response = PlatformError.response(
            code: "METHOD_NOT_ALLOWED", message: "this address takes \(allowed)", status: .methodNotAllowed)
        response.headers[.allow] = allowed
        return response
    }

    private func head(_ request: RestRequest) throws(PlatformError) -> Request {
        guard let method = HTTPRequest.Method(rawValue: request.method) else {
            throw .invalid("the method is no HTTP method")
        }
        var fields = HTTPFields()
        for (name, value) in request.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let head = HTTPRequest(
            method: method, scheme: "http", authority: "localhost", path: request.target, headerFields: fields)
        return Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: request.body)))
    }
}

/// What a request carries through the router.
struct RestContext: RequestContext {
    typealias Source = RestSource

    var coreContext: CoreRequestContextStorage
    let source: RestSource

    init(source: RestSource) {
        coreContext = CoreRequestContextStorage(source: source)
        self.source = source
    }
}

struct RestSource: RequestContextSource {
    let request: RestRequest
    let logger: Logger
}

private final class BodyCollector: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes += buffer.readableBytesView }
    func finish(_ trailers: HTTPFields?) async throws {}
}
