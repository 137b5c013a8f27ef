import Foundation
import Store

extension Platform {
    /// `events` empty is all of them. The secret can be asked for again by `endpoints`' id and `webhookSecret`.
    public func createEndpoint(
        url: String, events: [String], of app: String, _ origin: Origin
    ) async throws(PlatformError) -> (endpoint: Endpoint, secret: String) {
        try checkAuthority(origin, over: app)
        try checkWebhook(url)
        for event in events where WebhookEvent(rawValue: event) == nil {
            throw .validation("events are " + WebhookEvent.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let stamp = stamp(origin)
        let endpoint = Endpoint(
            id: Identifier.make("hook", at: stamp.at), url: url, events: Set(events).sorted(), stamp: stamp)
        try await write { tx throws(StoreError) in
            _ = try tx.app(app)
            guard try tx.endpoints(of: app).count < settings.endpointsMax else {
                throw .refusing(.conflict("a tenant has \(settings.endpointsMax) webhook endpoints at most"))
            }
            try tx.insert(endpoint, of: app)
            try tx.audit("webhook.create", endpoint.id, ["url": url], of: app, origin, stamp)
        }
        return (endpoint, webhookSecret(endpoint, of: app))
    }

    /// An https address with a host that has a name. That the name does not lead into the operator's own network is for
    /// whoever resolves it.
    private func checkWebhook(_ text: String) throws(PlatformError) {
        try Checks.plain(text, "url", bytesMax: 2048, takesLines: false)
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.user == nil,
            url.password == nil, url.fragment == nil
        else { throw .validation("url is an https address without user and fragment") }
        if settings.allowsPlainWebhooks && (url.scheme == "http" || url.scheme == "https") { return }
        // No number, however it is written: names end in letters.
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.count > 1 && labels.last?.first?.isLetter == true && !host.contains(":")
        guard url.scheme == "https", isName, !host.lowercased().hasSuffix(".local"),
            !host.lowercased().hasSuffix(".internal")
        else { throw .validation("url is an https address of a public host, by name") }
    }

    public func webhookSecret(_ endpoint: Endpoint, of app: String) -> String {
        "whsec_" + keys.webhook(app: app, endpoint: endpoint.id, generation: endpoint.secretGeneration).base64Url
    }

    public func endpoints(of app: String, _ origin: Origin) async throws(PlatformError) -> [Endpoint] {
        try checkAuthority(origin, over: app)
        return try await read { tx throws(StoreError) in
            _ = try tx.app(app)
            return try tx.endpoints(of: app)
        }
    }

    public func deleteEndpoint(_ id: String, of app: String, _ origin: Origin) async throws(PlatformError) {
        try checkAuthority(origin, over: app)
        let stamp = stamp(origin)
        try await write { tx throws(StoreError) in
            try tx.deleteEndpoint(id, of: app, stamp)
            try tx.audit("webhook.delete", id, [:], of: app, origin, stamp)
        }
    }

    /// The youngest first.
    public func deliveries(
        of app: String, before: String = "~", limit: Int = 100, _ origin: Origin
    ) async throws(PlatformError) -> [Delivery] {
        try checkAuthority(origin, over: app)
        try Checks.range(limit, "limit", 1...1000)
        return try await read { tx throws(StoreError) in try tx.deliveries(of: app, before: before, limit: limit) }
    }

    /// For what the media side sees: tracks and recordings.
    public func report(_ event: WebhookEvent, _ data: [String: String], of app: String) async throws(PlatformError) {
        let stamp = Stamp(by: "system", at: now())
        try await write { tx throws(StoreError) in try tx.emit(event, data, of: app, stamp) }
    }
}
