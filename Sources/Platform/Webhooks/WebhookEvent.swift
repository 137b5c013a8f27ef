import Store
import Trace

/// What tenants are told of.
public enum WebhookEvent: String, Sendable, CaseIterable {
    case roomCreated = "room.created"
    case roomClosed = "room.closed"
    case participantJoined = "participant.joined"
    case participantLeft = "participant.left"
    case trackPublished = "track.published"
    case trackUnpublished = "track.unpublished"
    case recordingStarted = "recording.started"
    case recordingFinished = "recording.finished"
    /// A message for people who are not there: for the tenant to wake them.
    case messageAbsent = "message.absent"
}

extension Transaction {
    private struct Body: Encodable {
        var id: String
        var event: String
        var appId: String
        var at: Milliseconds
        var data: [String: String]
    }

    /// To all endpoints that want it, in the same transaction as what it tells of.
    func emit(
        _ event: WebhookEvent, _ data: @autoclosure () -> [String: String], of app: String, _ stamp: Stamp
    ) throws(StoreError) {
        let endpoints = try endpoints(of: app).filter { $0.events.isEmpty || $0.events.contains(event.rawValue) }
        guard !endpoints.isEmpty else { return }
        // One id for all endpoints: with it a receiver knows what it has had before.
        let id = Identifier.make("evt", at: stamp.at)
        let body = Json.text(Body(id: id, event: event.rawValue, appId: app, at: stamp.at, data: data()))
        for endpoint in endpoints {
            try insert(
                Delivery(
                    id: Identifier.make("dlv", at: stamp.at), app: app, endpoint: endpoint.id, event: event.rawValue,
                    body: body, trace: Trace.current?.header ?? "", traceState: Trace.current?.state ?? "",
                    stamp: stamp))
        }
    }
}
