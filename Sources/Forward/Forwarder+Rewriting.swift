import Contract
import Memory
import Peer
import Wire

/// What a decoder must see as one stream although its source changes and parts of it are left out.
extension Forwarder {
    /// How a packet changes for a consumer that got, or gets, it in `epoch`. Nil when it cannot be told any more.
    mutating func rewriting(
        _ fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>, epoch: UInt32
    ) -> PacketRewriting? {
        if fact.pointee.frame.has(.awaitsStructure) { return nil }
        var rewriting = PacketRewriting(isMarked: fact.pointee.isMarked)
        if fact.pointee.frame.has(.isBlind), !fact.pointee.frame.has(.isLayered) {
            let stint = consumer.pointee.choices.stint(at: fact.pointee.timestamp, epoch: epoch)
            guard let stint, !fact.pointee.frame.isBeyond(stint) else { return nil }
        }
        guard fact.pointee.frame.has(.isNumbered) || fact.pointee.frame.has(.isLayered) else { return rewriting }
        var stint: ChoiceHistory.Stint?
        if fact.pointee.frame.has(.isLayered) {
            stint = consumer.pointee.choices.stint(fact, epoch: epoch)
            guard let stint, fact.pointee.frame.indication(stint.spatial, stint.temporal) != 0 else { return nil }
            if fact.pointee.frame.has(.endsFrame), fact.pointee.frame.spatialId == stint.spatial {
                rewriting.isMarked = true
            }
        }
        let ids = Int(epoch & 3)
        if epoch == consumer.pointee.epoch { consumer.pointee.ids[ids].note(fact.pointee.frame) }
        if fact.pointee.frame.pictureIdPlace != 0, !consumer.pointee.ids[ids].keepsPictures {
            guard let picture = consumer.pointee.ids[ids].picture(fact.pointee.frame) else { return nil }
            rewriting.pictureId = picture
            rewriting.tl0PictureIndex = consumer.pointee.ids[ids].tl0(fact.pointee.frame)
            rewriting.changesPayload =
                picture != fact.pointee.frame.pictureId
                || rewriting.tl0PictureIndex != fact.pointee.frame.tl0PictureIndex
        }
        if fact.pointee.frame.has(.hasFrameNumber) {
            rewriteDescriptor(fact, consumer: consumer, ids: ids, stint: stint, &rewriting)
        }
        return rewriting
    }

    private mutating func rewriteDescriptor(
        _ fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>, ids: Int,
        stint: ChoiceHistory.Stint?, _ rewriting: inout PacketRewriting
    ) {
        var descriptor = DependencyRewriting(
            frameNumber: consumer.pointee.ids[ids].frameNumber(fact.pointee.frame),
            templateShift: consumer.pointee.ids[ids].templateShift,
            hasStructure: fact.pointee.frame.has(.hasStructure))
        rewriting.changesDescriptor =
            descriptor.frameNumber != fact.pointee.frame.frameNumber || descriptor.templateShift != 0
        if let stint { putMask(fact, stint, &descriptor) }
        if descriptor.writesMask { rewriting.changesDescriptor = true }
        rewriting.descriptor = descriptor
    }

    /// Appendix A.8.3: which decode targets there are for the receiver, said with the first packet of every frame as long
    /// as that is not what it heard last from the sender: any one packet may be lost.
    private mutating func putMask(
        _ fact: UnsafeMutablePointer<PacketFacts>, _ stint: ChoiceHistory.Stint, _ descriptor: inout DependencyRewriting
    ) {
        let says = fact.pointee.frame.has(.startsFrame) || fact.pointee.frame.has(.hasMask)
        // A value has 255 bytes at most.
        let length = fact.pointee.extensions[CarriedExtension.dependencyDescriptorPlace].length
        guard fact.pointee.frame.targetCount > 0, says, length < 240 else { return }
        let targets = fact.pointee.frame.targets(spatial: stint.spatial, temporal: stint.temporal)
        guard targets != fact.pointee.frame.activeTargets || stint.restores else { return }
        descriptor.writesMask = true
        descriptor.mask = UInt32(targets)
        descriptor.targetCount = fact.pointee.frame.targetCount
        descriptor.maskBit = fact.pointee.frame.maskBit
        descriptor.replacesMask = fact.pointee.frame.has(.hasMask)
    }
}
