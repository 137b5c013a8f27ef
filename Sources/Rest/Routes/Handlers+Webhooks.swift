import Hummingbird
import Platform
import Store

/// Where a tenant wants to be told of events.
extension Handlers {
    private struct NewEndpoint: Decodable {
        var url: String
        var events: [String]?
    }
    private struct Endpoints: Encodable { var webhooks: [EndpointView] }
    private struct Deliveries: Encodable { var deliveries: [DeliveryView] }

    func addWebhooks(to router: Router<RestContext>) {
        add(.post, "/webhooks", to: router) { call in
            let wish = try call.body(NewEndpoint.self)
            let (endpoint, secret) = try await platform.createEndpoint(
                url: wish.url, events: wish.events ?? [], of: try call.tenant(), call.origin)
            return .json(EndpointView(endpoint, secret: secret), status: .created)
        }
        add(.get, "/webhooks", to: router) { call in
            let all = try await platform.endpoints(of: try call.tenant(), call.origin)
            return .json(Endpoints(webhooks: all.map { EndpointView($0) }))
        }
        add(.delete, "/webhooks/{endpointId}", to: router) { call in
            try await platform.deleteEndpoint(try call.parameter("endpointId"), of: try call.tenant(), call.origin)
            return .nothing
        }
        add(.get, "/webhooks/deliveries", to: router) { call in
            let all = try await platform.deliveries(
                of: try call.tenant(), before: call.query("before") ?? "~",
                limit: try call.number("limit", or: 100),
                call.origin)
            return .json(Deliveries(deliveries: all.map { DeliveryView($0) }))
        }
    }
}
