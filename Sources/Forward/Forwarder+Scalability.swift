import Contract
import Memory
import Peer

/// Spatial and temporal layers within one source. A choice holds for whole pictures: the first packet of a picture, whichever
/// comes first, decides; what comes late goes by what was decided then.
extension Forwarder {
    /// What a consumer is to get from now on: down as soon as its codec allows, up at the next point where a decoder can
    /// follow. Asks for a keyframe where it takes one.
    public mutating func setTarget(consumer index: UInt32, _ choice: LayerChoice) {
        guard consumers[Int(index)].target != choice else { return }
        consumers[Int(index)].target = choice
        retarget(consumer: index)
    }

    /// What the consumer is to reach, of what the allocator set, the client wants and the producer has.
    mutating func setGoal(
        of consumer: UnsafeMutablePointer<ConsumerState>, producer: UnsafeMutablePointer<ProducerState>
    ) {
        let isSimulcast = producer.pointee.layerCount > 1
        let share = Shedding.share(of: UInt32(truncatingIfNeeded: consumer - consumers))
        let shedsLayers = shedding.shedsLayers(share: share)
        let wish = shedsLayers ? 0 : consumer.pointee.wantedLayer
        let target = consumer.pointee.target
        let simulcast = min(wish, target.simulcast, producer.pointee.layerCount - 1)
        let all = UInt8(Limits.layersMax - 1)
        // A wish for the highest means the highest, however many there are.
        let spatial = isSimulcast || wish == all ? target.spatial : min(wish, target.spatial)
        consumer.pointee.goal = LayerChoice(
            simulcast: nearestLayer(to: simulcast, live: producer.pointee.liveLayers), spatial: spatial,
            temporal: shedsLayers ? 0 : target.temporal)
    }

    /// Whether it takes a keyframe to reach the goal.
    mutating func needsKeyframe(
        _ consumer: UnsafeMutablePointer<ConsumerState>, producer: UnsafeMutablePointer<ProducerState>
    ) -> Bool {
        let (current, goal) = (consumer.pointee.current, consumer.pointee.goal)
        guard current.simulcast == goal.simulcast else { return true }
        let layer = Int(current.simulcast)
        let spatial = min(goal.spatial, producer.pointee.topSpatials[layer])
        return spatial > current.spatial || spatial < current.spatial && !producer.pointee.areNested[layer]
    }

    /// Layers come and go while a source lasts.
    mutating func noteLayers(_ fact: UnsafeMutablePointer<PacketFacts>, producer index: UInt32) {
        let producer = producers + Int(index)
        let layer = Int(fact.pointee.layer)
        let isNested = fact.pointee.frame.has(.isNested)
        if isNested != producer.pointee.areNested[layer] {
            producer.pointee.areNested[layer] = isNested
            producer.pointee.rates.setNested(isNested, layer: fact.pointee.layer)
        }
        guard producer.pointee.topSpatials[layer] != fact.pointee.frame.topSpatial else { return }
        producer.pointee.topSpatials[layer] = fact.pointee.frame.topSpatial
        // With a keyframe those who want more take it at once.
        if !fact.pointee.frame.has(.isKeyPicture) { retarget(producer: index) }
    }

    /// The consumer begins with this packet of a keyframe.
    mutating func beginChoices(
        of consumer: UnsafeMutablePointer<ConsumerState>, with fact: UnsafeMutablePointer<PacketFacts>
    ) {
        let goal = consumer.pointee.goal
        let spatial = min(goal.spatial, fact.pointee.frame.topSpatial)
        let epoch = consumer.pointee.epoch
        consumer.pointee.current = LayerChoice(
            simulcast: fact.pointee.layer, spatial: spatial, temporal: goal.temporal)
        consumer.pointee.choices.begin(
            epoch: epoch, timestamp: fact.pointee.timestamp, spatial: spatial, temporal: goal.temporal)
        consumer.pointee.ids[Int(epoch & 3)] = consumer.pointee.ids[Int((epoch &- 1) & 3)].next(fact.pointee.frame)
    }

    /// Why a packet of the present source is left out; nil when it is not. When nothing can be decoded any more `current` is
    /// `.nothing` afterwards.
    mutating func refusalByLayer(
        _ fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>
    ) -> DropReason? {
        let isNew = consumer.pointee.choices.advance(to: fact.pointee.timestamp)
        if fact.pointee.frame.has(.isBlind), !fact.pointee.frame.has(.isLayered) {
            return refusalOfBlind(fact, consumer: consumer)
        }
        if isNew || isGrowing(fact, consumer: consumer) {
            guard turn(consumer, at: fact, isNew: isNew) else { return .waitingForKeyframe }
        }
        guard
            let stint = consumer.pointee.choices.stint(at: fact.pointee.timestamp, epoch: consumer.pointee.epoch)
        else { return .sourceTooOld }
        guard fact.pointee.frame.indication(stint.spatial, stint.temporal) == 0 else { return nil }
        consumer.pointee.choices.cut(fact.pointee.timestamp)
        return .layerNotSelected
    }

    /// What comes from before the last keyframe, and can be told from nothing else, leaves where everything left.
    private mutating func refusalOfBlind(
        _ fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>
    ) -> DropReason? {
        let stint = consumer.pointee.choices.stint(at: fact.pointee.timestamp, epoch: consumer.pointee.epoch)
        guard let stint else { return .sourceTooOld }
        return fact.pointee.frame.isBeyond(stint) ? .layerNotSelected : nil
    }

    /// A picture that has begun already may lead higher: a keyframe that shows more spatial layers than it announced, or one
    /// whose upper frames say what its first could not, that temporal layers may be climbed here. Either way all that was
    /// sent of it stays part of what is. Not where some of it was left out before that was known or
    /// wanted, or others have begun since: the next keyframe leads higher then.
    private mutating func isGrowing(
        _ fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>
    ) -> Bool {
        let (current, goal) = (consumer.pointee.current, consumer.pointee.goal)
        let temporal = fact.pointee.frame.temporalId
        let isKey = fact.pointee.frame.has(.isKeyPicture)
        let isMore =
            isKey
            ? min(goal.spatial, fact.pointee.frame.topSpatial) > current.spatial
            : goal.temporal > current.temporal && temporal <= current.temporal
        guard isMore else { return false }
        let isPast = !consumer.pointee.choices.isNewest(fact.pointee.timestamp)
        guard isPast || isKey && consumer.pointee.choices.isCut else { return true }
        if isKey { wantKeyframe(producer: consumer.pointee.producer, layer: consumer.pointee.goal.simulcast) }
        return false
    }

    /// A picture begins: goes towards the goal as far as a decoder can follow. False when it cannot go on as it was.
    private mutating func turn(
        _ consumer: UnsafeMutablePointer<ConsumerState>, at fact: UnsafeMutablePointer<PacketFacts>, isNew: Bool
    ) -> Bool {
        let step = LayerStep(
            fact.pointee.frame, from: consumer.pointee.current, goal: consumer.pointee.goal)
        guard !step.isLost else {
            consumer.pointee.current = .nothing
            wantKeyframe(producer: consumer.pointee.producer, layer: consumer.pointee.goal.simulcast)
            return false
        }
        consumer.pointee.current.spatial = step.spatial
        consumer.pointee.current.temporal = step.temporal
        // Higher temporal layers begin with the next picture: what left of this one would have said something else.
        let isKeyPicture = fact.pointee.frame.has(.isKeyPicture)
        consumer.pointee.choices.turn(
            spatial: step.spatial, temporal: step.temporal, begins: isKeyPicture && isNew,
            fromNext: !isNew && !isKeyPicture, next: consumer.pointee.sequence.highestIncoming + 1)
        return true
    }
}

/// Which layers a receiver can go on with from a picture.
struct LayerStep: BitwiseCopyable {
    private(set) var spatial: UInt8
    private(set) var temporal: UInt8
    /// It would miss what the picture refers to.
    private(set) var isLost = false

    /// `frame` is one of the picture's.
    init(_ frame: FrameFacts, from current: LayerChoice, goal: LayerChoice) {
        (spatial, temporal) = (current.spatial, current.temporal)
        let goalSpatial = min(goal.spatial, frame.topSpatial)
        if frame.has(.isKeyPicture) {
            (spatial, temporal) = (goalSpatial, goal.temporal)
            return
        }
        if frame.has(.isNested) {
            spatial = min(spatial, goalSpatial)
        } else if spatial > frame.topSpatial {
            isLost = true
            return
        }
        temporal = min(temporal, goal.temporal)
        climb(frame, goalSpatial: goalSpatial, goalTemporal: goal.temporal)
    }

    private mutating func climb(_ frame: FrameFacts, goalSpatial: UInt8, goalTemporal: UInt8) {
        guard frame.indication(spatial, temporal) != 0 || frame.has(.isLayerSync) || frame.has(.isSwitchingUp) else {
            return
        }
        if temporal < goalTemporal { climbTemporally(frame, goalTemporal) }
        let isPresent = frame.indication(spatial, temporal) != 0
        if spatial < goalSpatial, isPresent, frame.indication(goalSpatial, temporal) == Self.switchable {
            spatial = goalSpatial
        }
    }

    private mutating func climbTemporally(_ frame: FrameFacts, _ goal: UInt8) {
        // RFC 7741 §4.2: Y says that the frame refers to the base layer only; those after it may refer to it.
        if frame.has(.isLayerSync) {
            if frame.temporalId == temporal + 1 { temporal += 1 }
            return
        }
        // RFC 9628 §4.2: U says that higher ones that follow refer to none before. This one may refer to its own layer.
        if frame.has(.isSwitchingUp), frame.temporalId <= temporal { temporal = goal }
        // Appendix A.4: all that follow of a decode target can be decoded, if this frame can.
        guard frame.indication(spatial, temporal) != 0 else { return }
        var wish = goal
        while wish > temporal, frame.indication(spatial, wish) != Self.switchable { wish -= 1 }
        temporal = wish
    }

    private static let switchable: UInt32 = 2
}
