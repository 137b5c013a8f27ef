import NIOCore
import NIOHTTP1
import Tenancy

/// Leads a request to its handler by method and path.
final class Router {
    typealias Handler = (Request, [String]) throws -> EventLoopFuture<Response>

    private struct Route {
        var method: HTTPMethod
        /// Nil stands for one segment of any content, which the handler gets.
        var pattern: [String?]
        var handler: Handler
    }

    private var routes: [Route] = []
    private let loop: any EventLoop
    /// For paths that no route has: the page's files.
    var fallback: (Request) -> Response? = { _ in nil }

    /// For paths that no route has, before the files: the platform's API. Nil where it has nothing there.
    var api: (Request) -> EventLoopFuture<Response>? = { _ in nil }

    init(loop: any EventLoop) { self.loop = loop }

    /// `path` as in `/whip/*/*`.
    func add(_ method: HTTPMethod, _ path: String, _ handler: @escaping Handler) {
        let pattern = path.split(separator: "/").map { $0 == "*" ? nil : String($0) }
        routes.append(Route(method: method, pattern: pattern, handler: handler))
    }

    func addNow(_ method: HTTPMethod, _ path: String, _ handler: @escaping (Request, [String]) throws -> Response) {
        let loop = loop
        add(method, path) { request, parameters in loop.makeSucceededFuture(try handler(request, parameters)) }
    }

    /// Never fails: an error becomes a response.
    func respond(to request: Request) -> EventLoopFuture<Response> {
        dispatch(request).flatMapErrorThrowing { Self.response(for: $0) }
    }

    private func dispatch(_ request: Request) -> EventLoopFuture<Response> {
        let here = routes.filter { Self.match($0.pattern, request.path) != nil }
        let method = request.method == .HEAD ? .GET : request.method
        if let route = here.first(where: { $0.method == method }) {
            do {
                return try route.handler(request, Self.match(route.pattern, request.path) ?? [])
            } catch {
                return loop.makeFailedFuture(error)
            }
        }
        if !here.isEmpty { return loop.makeFailedFuture(Self.methodNotAllowed(here.map(\.method))) }
        if let response = api(request) { return response }
        if method == .GET, let response = fallback(request) { return loop.makeSucceededFuture(response) }
        return loop.makeFailedFuture(ApiError.notFound)
    }

    private static func match(_ pattern: [String?], _ path: [String]) -> [String]? {
        guard pattern.count == path.count else { return nil }
        var parameters: [String] = []
        for (wanted, found) in zip(pattern, path) {
            if wanted == nil { parameters.append(found) } else if wanted != found { return nil }
        }
        return parameters
    }

    // RFC 9110 §15.5.6: 405 names the methods that there are.
    private static func methodNotAllowed(_ methods: [HTTPMethod]) -> ApiError {
        let allowed = Set(methods.map(\.rawValue)).sorted().joined(separator: ", ")
        return ApiError(
            status: .methodNotAllowed, code: "METHOD_NOT_ALLOWED", message: "this address takes \(allowed)",
            headers: ["Allow": allowed])
    }

    static func response(for error: any Error) -> Response {
        switch error {
        case let error as ApiError: error.response
        case let error as RegistryError: error.apiError.response
        case let error as GuestRefusal: error.apiError.response
        default: ApiError.internalError.response
        }
    }
}
