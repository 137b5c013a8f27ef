/// What happened in one slice of a run.
public struct LinkSlice: Sendable {
    public static let seconds = 0.1

    public var linkBits = 0.0
    public var crossBits = 0.0
    /// By sender.
    public var sentBits: [Double]
    /// Without probes.
    public var arrivedBits: [Double]
    public var targets: [Double]
    /// Seconds that each packet waited.
    public var waits: [Double] = []
}

/// Senders, link and receivers, in steps of 250 µs.
public final class LinkRun {
    static let stepNanoseconds: UInt64 = 250_000

    private struct Flight {
        var time: UInt64
        var packet: LinkPacket
    }
    private struct Answer {
        var time: UInt64
        var flow: Int
        var bytes: [UInt8]
    }

    public let options: LinkOptions
    public private(set) var slices: [LinkSlice] = []
    private var dice: Dice
    private var loss: GilbertElliott
    private var bottleneck = Bottleneck()
    private var senders: [ElasticSender] = []
    private var receivers: [FeedbackReceiver] = []
    private var flights: [Flight] = []
    private var flightHead = 0
    private var answers: [Answer] = []
    private var answerHead = 0
    private var now: UInt64 = 0
    private var crossDue = 0.0
    private var slice: LinkSlice

    public init(_ options: LinkOptions, seed: UInt64) {
        self.options = options
        dice = Dice(seed: seed)
        loss = options.loss
        senders = options.starts.map { _ in ElasticSender(options) }
        receivers = options.starts.map { _ in FeedbackReceiver() }
        slice = Self.emptySlice(options)
    }

    private static func emptySlice(_ options: LinkOptions) -> LinkSlice {
        let zeros = [Double](repeating: 0, count: options.starts.count)
        return LinkSlice(sentBits: zeros, arrivedBits: zeros, targets: zeros)
    }

    public func play(seconds: Double) {
        let sliceSteps = UInt64(LinkSlice.seconds * 1e9) / Self.stepNanoseconds
        for step in 1...UInt64(seconds * 1e9) / Self.stepNanoseconds {
            now = step * Self.stepNanoseconds
            play()
            if step % sliceSteps == 0 { endSlice() }
        }
    }

    private func endSlice() {
        for flow in senders.indices { slice.targets[flow] = senders[flow].target }
        slices.append(slice)
        slice = Self.emptySlice(options)
    }

    private func play() {
        let seconds = Double(now) / 1e9
        let rate = options.rate(at: seconds)
        if now % ElasticSender.tickNanoseconds == 0 { send(seconds, rate) }
        sendCrossTraffic(seconds, rate)
        let bits = rate * Double(Self.stepNanoseconds) / 1e9
        slice.linkBits += bits
        bottleneck.serve(bits: bits) { leave($0, rate) }
        deliver()
        answer()
    }

    private func send(_ seconds: Double, _ rate: Double) {
        let bytesMax = Int(rate * options.queueSeconds / 8)
        // Who comes first at a full queue is chance: in lockstep, one of two would lose all that both send too much.
        let first = senders.count > 1 ? Int(dice.below(senders.count)) : 0
        for place in senders.indices {
            let flow = (first + place) % senders.count
            guard seconds >= options.starts[flow] else { continue }
            senders[flow].tick(now: now) { number, bytes, isProbe in
                slice.sentBits[flow] += Double(bytes * 8)
                bottleneck.add(
                    LinkPacket(flow: flow, number: number, bytes: bytes, isProbe: isProbe, enteredNanoseconds: now),
                    bytesMax: bytesMax)
            }
        }
    }

    private func sendCrossTraffic(_ seconds: Double, _ rate: Double) {
        guard options.crossTraffic > 0, seconds >= crossDue else { return }
        let bytes = options.packetBytes
        let gap = Double(bytes * 8) / (options.crossTraffic * options.bitsPerSecond)
        // Gaps from nothing to twice the mean.
        crossDue = seconds + gap * 2 * Double(dice.below(1000)) / 1000
        slice.crossBits += Double(bytes * 8)
        bottleneck.add(
            LinkPacket(flow: -1, number: 0, bytes: bytes, isProbe: false, enteredNanoseconds: now),
            bytesMax: Int(rate * options.queueSeconds / 8))
    }

    private func leave(_ packet: LinkPacket, _ rate: Double) {
        guard packet.flow >= 0 else { return }
        let wait = Double(now - packet.enteredNanoseconds) / 1e9 - Double(packet.bytes * 8) / rate
        slice.waits.append(max(wait, 0))
        guard !loss.loses(&dice) else { return }
        let jitter = options.jitterSeconds > 0 ? options.jitterSeconds * Double(dice.below(1000)) / 1000 : 0
        let time = now + UInt64((options.delaySeconds + jitter) * 1e9)
        // Nothing overtakes.
        flights.append(Flight(time: max(time, flights.last?.time ?? 0), packet: packet))
    }

    private func deliver() {
        while flightHead < flights.count, flights[flightHead].time <= now {
            let packet = flights[flightHead].packet
            flightHead += 1
            if !packet.isProbe { slice.arrivedBits[packet.flow] += Double(packet.bytes * 8) }
            receivers[packet.flow].take(packet.number, now: now)
        }
        if flightHead > 4096 {
            flights.removeFirst(flightHead)
            flightHead = 0
        }
    }

    private func answer() {
        for flow in receivers.indices {
            while let bytes = receivers[flow].feedback(now: now) {
                guard !dice.chance(options.feedbackLoss) else { continue }
                let time = now + UInt64(options.returnDelaySeconds * 1e9)
                answers.append(Answer(time: time, flow: flow, bytes: bytes))
            }
        }
        while answerHead < answers.count, answers[answerHead].time <= now {
            senders[answers[answerHead].flow].take(answers[answerHead].bytes, now: now)
            answerHead += 1
        }
    }
}
