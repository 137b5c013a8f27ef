import NIOCore
import NIOHTTP1
import Rest
import Tenancy
import Trace

extension Site {
    /// The platform's answer, which is made elsewhere; nil for what is no business of its.
    func askPlatform(_ request: Request, _ tenancy: Tenancy) -> EventLoopFuture<Response>? {
        guard let first = request.path.first, Tenancy.paths.contains(first) else { return nil }
        // The page for people, whose data is below this address.
        guard request.path != ["admin"] else { return nil }
        let method = request.method == .HEAD ? HTTPMethod.GET : request.method
        let asked = RestRequest(
            method: method.rawValue, target: request.target,
            headers: request.headers.map { (name: $0.name, value: $0.value) }, body: request.body,
            id: Trace.current?.request ?? "req_" + randomText(20), address: request.address,
            isTrusted: gate.isDevelopers(request))
        return loop.makeFutureWithTask { Response(await tenancy.respond(to: asked)) }
    }
}

extension Response {
    init(_ response: RestResponse) {
        self.init(HTTPResponseStatus(statusCode: response.status), body: response.body)
        // The connection says these itself.
        for (name, value) in response.headers where !["content-length", "connection"].contains(name.lowercased()) {
            headers.add(name: name, value: value)
        }
    }
}
