import Store

/// Posts to a tenant's endpoint. Implemented where there is HTTP.
public protocol WebhookPoster: Sendable {
    /// Sends one POST with these headers, follows no redirect, and waits some seconds for the status at most.
    ///
    /// - Throws: when there was no answer; its text is kept for the tenant to read.
    func post(url: String, headers: [(String, String)], body: String) async throws -> Int
}

extension Platform {
    /// Called in a loop by each host: sends what is due, a few at a time. Returns how many were tried, so that a caller
    /// with nothing to do can wait.
    public func deliverWebhooks(by poster: any WebhookPoster, limit: Int = 32) async throws(PlatformError) -> Int {
        let stamp = Stamp(by: "system", at: now())
        let due = try await write { tx throws(StoreError) in
            try tx.claimDeliveries(limit: limit, lease: settings.deliveryLease, stamp).map {
                delivery throws(StoreError) in
                (delivery, try? tx.endpoint(delivery.endpoint, of: delivery.app))
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for (delivery, endpoint) in due {
                group.addTask { await send(delivery, to: endpoint, by: poster) }
            }
        }
        return due.count
    }

    private func send(_ delivery: Delivery, to endpoint: Endpoint?, by poster: any WebhookPoster) async {
        let failure: String?
        if let endpoint {
            failure = await post(delivery, to: endpoint, by: poster)
        } else {
            failure = "the endpoint is gone"
        }
        let stamp = Stamp(by: "system", at: now())
        let isOver = endpoint == nil || delivery.tries >= settings.deliveryTriesMax
        let nextAt = isOver ? nil : stamp.at + Backoff.delay(afterTries: delivery.tries)
        // When this is not written the lease ends and it is sent again: at least once.
        try? await write { tx throws(StoreError) in
            if let failure {
                try tx.failDelivery(delivery.id, error: failure, nextAt: nextAt, stamp)
            } else {
                try tx.finishDelivery(delivery.id, stamp)
            }
        }
    }

    /// Nil when the receiver has taken it.
    private func post(_ delivery: Delivery, to endpoint: Endpoint, by poster: any WebhookPoster) async -> String? {
        let secret = webhookSecret(endpoint, of: delivery.app)
        let signature = WebhookSigner.sign(delivery.body, secret: secret, atSeconds: now() / 1000)
        var headers = [
            ("Content-Type", "application/json"), (WebhookSigner.header, signature), ("Millrace-Delivery", delivery.id),
            ("Millrace-Event", delivery.event),
        ]
        // Of the request that it tells of, so that the receiver's work is found with it.
        if !delivery.trace.isEmpty { headers.append(("traceparent", delivery.trace)) }
        if !delivery.traceState.isEmpty { headers.append(("tracestate", delivery.traceState)) }
        do {
            let status = try await poster.post(url: endpoint.url, headers: headers, body: delivery.body)
            return (200..<300).contains(status) ? nil : "status \(status)"
        } catch {
            return String("\(error)".prefix(200)).replacing("\0", with: " ")
        }
    }
}

enum Backoff {
    /// One second, doubled with every try, an hour at most, and up to a quarter more, so that many do not come at once.
    static func delay(afterTries tries: Int64) -> Milliseconds {
        let base = min(Milliseconds(3_600_000), 1000 << min(tries - 1, 20))
        return base + .random(in: 0...base / 4)
    }
}
