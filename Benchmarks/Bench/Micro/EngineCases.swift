import Contract
import Engine

/// A shard's loop without its system calls.
func engineCases() throws(BenchError) -> [MicroCase] {
    try mediaCases() + careCases()
}

/// Bursts as they arrive from one publisher: everything from the receive buffer to the built runs, timers and events included.
private func mediaCases() throws(BenchError) -> [MicroCase] {
    var cases: [MicroCase] = []
    let shapes = [
        (name: "intake", subscribers: 0, video: 6, audio: 1), (name: "meeting", subscribers: 3, video: 2, audio: 1),
        (name: "room", subscribers: 200, video: 3, audio: 1),
    ]
    for shape in shapes {
        let stand = try EngineStand(subscribers: shape.subscribers)
        let taken = shape.video + shape.audio
        let iterations = shape.subscribers > 100 ? 20 : 100
        cases.append(
            MicroCase(
                name: "engine.\(shape.name)-\(taken)x\(shape.subscribers)", packets: taken * max(shape.subscribers, 1),
                iterations: iterations,
                prepare: { stand.prepareMedia(bursts: $0, video: shape.video, audio: shape.audio) },
                body: { _ in
                    let before = stand.report.rtpAccepted
                    stand.takeWaiting(perBurst: taken)
                    precondition(stand.report.rtpAccepted > before, "the engine took no packet in")
                }))
    }
    return cases
}

/// What a peer's connection costs besides its media.
private func careCases() throws(BenchError) -> [MicroCase] {
    let stand = try EngineStand(subscribers: 1)
    stand.prepareMedia(bursts: 20, video: 1, audio: 0)
    stand.takeWaiting(perBurst: 1)
    let check = Sample.check(peer: 0, transaction: 99)
    let media = Sample.rtp(ssrc: 71, sequence: 1, timestamp: 1, isAudio: false, bytes: 1080)
    let take: (Int) -> Void = { _ in stand.takeWaiting(perBurst: 1) }
    func repeated(_ bytes: [UInt8], isKnown: Bool) -> (Int) -> Void {
        { count in
            stand.clear()
            for _ in 0..<count { stand.enqueue(bytes, from: 0, isKnown: isKnown) }
        }
    }
    return [
        MicroCase(
            name: "engine.stun-check-and-answer", iterations: 200, prepare: repeated(check, isKnown: true), body: take),
        MicroCase(name: "engine.stranger", iterations: 200, prepare: repeated(media, isKnown: false), body: take),
        MicroCase(
            name: "engine.receiver-report", iterations: 100,
            prepare: { stand.prepareReports(count: $0, asksAgain: false) }, body: take),
        MicroCase(
            name: "engine.nack", iterations: 100, prepare: { stand.prepareReports(count: $0, asksAgain: true) },
            body: { count in
                let before = stand.report.retransmitted
                stand.takeWaiting(perBurst: 1, apart: 1_000_000)
                precondition(stand.report.retransmitted == before + UInt64(count), "a packet was not sent again")
            }),
    ]
}
