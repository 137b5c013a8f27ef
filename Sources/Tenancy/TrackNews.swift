import Platform

/// A guest's camera, microphone or screen begins or ends.
public struct TrackNews: Sendable {
    public var stay: Stay
    public var isPublished: Bool
    /// Names it among all of the server's.
    public var trackId: String
    /// `audio` or `video`.
    public var kind: String
    /// `microphone`, `camera` or `screen`.
    public var source: String

    public init(stay: Stay, isPublished: Bool, trackId: String, kind: String, source: String) {
        self.stay = stay
        self.isPublished = isPublished
        self.trackId = trackId
        self.kind = kind
        self.source = source
    }

    var event: WebhookEvent { isPublished ? .trackPublished : .trackUnpublished }

    /// As webhooks tell of it.
    var told: [String: String] {
        var told = stay.session.told
        told["trackId"] = trackId
        told["kind"] = kind
        told["source"] = source
        return told
    }
}

/// What calls have to say to tenants, one after the other.
final class TrackLine: Sendable {
    /// News that may wait while the database does not answer; the oldest go when there are more.
    private static let waitingMax = 10_000
    private let input: AsyncStream<TrackNews>.Continuation
    private let news: AsyncStream<TrackNews>

    init() { (news, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.waitingMax)) }

    func tell(_ one: TrackNews) { input.yield(one) }

    /// No more from here on; `run` returns when what waits is told.
    func finish() { input.finish() }

    func run(_ body: (TrackNews) async -> Void) async {
        for await one in news { await body(one) }
    }
}
