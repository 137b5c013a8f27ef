import Foundation
import Logging
import Platform
import Rest
import Store
import StoreTesting

/// The API on an empty store, spoken to as by a client.
struct Site {
    static let adminKey = "the operator's key"
    let api: RestApi
    let platform: Platform

    static func run(_ settings: PlatformSettings = PlatformSettings(), _ body: (Site) async throws -> Void) async throws
    {
        try await withStore(.sqlite) { store in
            let platform = Platform(store: store, masterKey: [UInt8](repeating: 3, count: 32), settings: settings)
            let api = RestApi(platform: platform, adminKey: adminKey, log: Logger(label: "test"))
            try await body(Site(api: api, platform: platform))
        }
    }

    struct Answer {
        var status: Int
        var headers: [String: String]
        var json: [String: Any]
        /// Of an error.
        var code: String? { (json["error"] as? [String: Any])?["code"] as? String }
    }

    func ask(
        _ method: String, _ target: String, _ body: String = "", as credentials: [String: String] = [:],
        isTrusted: Bool = false, address: String = "192.0.2.1"
    ) async -> Answer {
        let request = RestRequest(
            method: method, target: target, headers: credentials.map { (name: $0.key, value: $0.value) },
            body: Array(body.utf8), id: "req", address: address,
            isTrusted: isTrusted)
        let response = await api.respond(to: request)
        let json = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
        return Answer(
            status: response.status,
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
            json: json ?? [:])
    }

    static let admin = ["x-admin-key": adminKey]

    /// A new tenant's credentials.
    func tenant(_ name: String) async -> [String: String] {
        let app = await ask("POST", "/apps", #"{"name":"\#(name)"}"#, as: Self.admin).json
        return ["x-app-id": app["id"] as? String ?? "", "x-app-secret": app["secret"] as? String ?? ""]
    }
}
