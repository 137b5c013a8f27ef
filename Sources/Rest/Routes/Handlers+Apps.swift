import Hummingbird
import Platform
import Store

/// Tenants, their secrets and what they may use.
extension Handlers {
    private struct NewApp: Decodable {
        var name: String
        var algorithm: String?
    }
    private struct Rotation: Decodable { var overlapSeconds: Int? }
    private struct KeyRotation: Decodable { var keepsPrevious: Bool? }
    private struct Secret: Encodable { var secret: String }
    private struct Apps: Encodable { var apps: [AppView] }

    func addApps(to router: Router<RestContext>) {
        add(.post, "/apps", to: router) { call in
            let wish = try call.body(NewApp.self)
            guard let algorithm = App.Algorithm(rawValue: wish.algorithm ?? "HS256") else {
                throw PlatformError.invalid("algorithm is HS256 or EdDSA")
            }
            let (app, secret) = try await platform.createApp(name: wish.name, algorithm: algorithm, call.origin)
            return .json(AppView(app, secret: secret), status: .created)
        }
        add(.get, "/apps", to: router) { call in
            let apps = try await platform.apps(
                after: call.query("after") ?? "", limit: try call.number("limit", or: 100), call.origin)
            return .json(Apps(apps: apps.map { AppView($0) }))
        }
        add(.get, "/apps/{appId}", to: router) { call in
            .json(AppView(try await platform.app(try call.parameter("appId"), call.origin)))
        }
        add(.delete, "/apps/{appId}", to: router) { call in
            try await platform.deleteApp(try call.parameter("appId"), call.origin)
            return .nothing
        }
        add(.post, "/apps/{appId}/secret", to: router) { call in
            let overlap = try call.body(Rotation.self).overlapSeconds ?? 24 * 3600
            let secret = try await platform.rotateSecret(
                of: try call.parameter("appId"), overlapSeconds: overlap, call.origin)
            return .json(Secret(secret: secret), status: .created)
        }
        add(.post, "/apps/{appId}/token-key", to: router) { call in
            let keeps = try call.body(KeyRotation.self).keepsPrevious ?? true
            try await platform.rotateTokenKey(of: try call.parameter("appId"), keepsPrevious: keeps, call.origin)
            return .nothing
        }
        addQuotas(to: router)
    }

    private func addQuotas(to router: Router<RestContext>) {
        add(.get, "/apps/{appId}/quotas", to: router) { call in
            let quotas = try await platform.quotas(of: try call.parameter("appId"), call.origin)
            return .json(Dictionary(uniqueKeysWithValues: quotas.map { ($0.key.rawValue, $0.value) }))
        }
        add(.put, "/apps/{appId}/quotas", to: router) { call in
            var quotas: [QuotaKind: Int64?] = [:]
            for (name, value) in try call.body([String: Int64?].self) {
                guard let kind = QuotaKind(rawValue: name) else {
                    let all = QuotaKind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw PlatformError.invalid("quotas are \(all)")
                }
                quotas.updateValue(value, forKey: kind)
            }
            try await platform.setQuotas(quotas, of: try call.parameter("appId"), call.origin)
            return .nothing
        }
    }
}
