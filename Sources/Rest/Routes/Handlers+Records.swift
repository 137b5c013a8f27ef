import Hummingbird
import Platform
import Store

/// What a tenant used, and what was done with its things.
extension Handlers {
    private struct Month: Encodable {
        var month: String
        var counters: [String: Int64]
    }
    private struct UsageView: Encodable { var months: [Month] }
    private struct Audit: Encodable { var entries: [AuditView] }

    func addRecords(to router: Router<RestContext>) {
        add(.get, "/apps/{appId}/usage", to: router) { call in
            let counters = try await platform.usage(
                of: try call.parameter("appId"), from: call.query("from") ?? "1970-01",
                to: call.query("to") ?? "9999-12", call.origin)
            let months = Dictionary(grouping: counters, by: \.month).sorted { $0.key < $1.key }.map { month, all in
                Month(month: month, counters: Dictionary(uniqueKeysWithValues: all.map { ($0.counter, $0.value) }))
            }
            return .json(UsageView(months: months))
        }
        add(.get, "/apps/{appId}/audit", to: router) { call in
            let entries = try await platform.audit(
                of: try call.parameter("appId"), after: call.query("after") ?? "",
                limit: try call.number("limit", or: 100), call.origin)
            return .json(Audit(entries: entries.map { AuditView($0) }))
        }
        add(.get, "/apps/{appId}/audit/export", to: router) { call in
            let page = try await platform.exportAudit(
                of: try call.parameter("appId"), after: call.query("after") ?? "",
                limit: try call.number("limit", or: 1000), call.origin)
            var response = Response.bytes(page.lines.utf8, type: "application/x-ndjson")
            if let next = page.next { response.headers[.next] = next }
            return response
        }
    }

    /// The reference itself needs no credentials.
    func addReference(to router: Router<RestContext>) {
        router.get("/openapi.json") { _, _ in
            Response.bytes(PackageResources.openapi_json, type: "application/json")
        }
    }
}
