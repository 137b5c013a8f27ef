import Trace

/// What is written of a session, with the trace that it belongs to.
extension Session {
    func logJoined(_ identity: Identity, _ peerID: String) {
        signaling.log.info(
            "joined",
            metadata: trace.metadata([
                "room": "\(identity.roomKey)", "peer": "\(identity.name)", "id": "\(peerID)",
            ]))
        signaling.spans.add(
            Span(trace, "join", beganNanoseconds: joinBegan, endedNanoseconds: Spans.now()), of: trace)
    }

    func logLeft(_ peerID: String) {
        guard let identity else { return }
        signaling.log.info(
            "left",
            metadata: trace.metadata([
                "room": "\(identity.roomKey)", "peer": "\(identity.name)", "id": "\(peerID)",
            ]))
    }
}
