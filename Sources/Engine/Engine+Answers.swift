import Contract
import Forward
import Memory
import Peer

/// Numbers for the control side, copied into memory that it owns until the answer.
extension Engine {
    mutating func answer(_ address: UInt, _ sequence: UInt64) -> Bool {
        guard let place = UnsafeMutablePointer<ShardReport>(bitPattern: address) else { return false }
        report.pointee.slotsFreeNow = UInt64(forward.slots.freeCount)
        place.pointee = report.pointee
        post(.reported(sequence: sequence, found: true))
        return true
    }

    mutating func answer(_ handle: PeerHandle, _ address: UInt, _ sequence: UInt64) -> Bool {
        guard let place = UnsafeMutablePointer<PeerReport>(bitPattern: address) else { return false }
        let isFound = isCurrent(handle)
        if isFound { place.pointee = peerReport(handle.index) }
        post(.reported(sequence: sequence, found: isFound))
        return true
    }

    private func peerReport(_ index: UInt32) -> PeerReport {
        let peer = peers + Int(index)
        let subscriber = forward.subscribers + Int(index)
        var report = PeerReport()
        report.connected = peer.pointee.ice.state == .connected
        report.secured = peer.pointee.isSecured
        report.profile = peer.pointee.isSecured ? peer.pointee.profile.rawValue : 0
        report.packetsReceived = peer.pointee.packetsReceived
        report.bytesReceived = peer.pointee.bytesReceived
        report.packetsSent = subscriber.pointee.packetsSent
        report.bytesSent = subscriber.pointee.bytesSent
        report.estimateBitsPerSecond = subscriber.pointee.estimate.targetBitsPerSecond
        report.allocatedBitsPerSecond = subscriber.pointee.share.allocatedBitsPerSecond
        report.paceBitsPerSecond = subscriber.pointee.pace.bytesPerSecond * 8
        report.roundTripMicroseconds = peer.pointee.roundTrip.smoothedNanoseconds / 1000
        return report
    }

    mutating func answer(_ producer: ProducerIndex, _ address: UInt, _ sequence: UInt64) -> Bool {
        guard let place = UnsafeMutablePointer<ProducerReport>(bitPattern: address) else { return false }
        let isFound =
            producer.value < UInt32(limits.producersMax) && forward.producers[Int(producer.value)].isOpen
        if isFound { place.pointee = producerReport(producer.value) }
        post(.reported(sequence: sequence, found: isFound))
        return true
    }

    private func producerReport(_ index: UInt32) -> ProducerReport {
        let producer = forward.producers + Int(index)
        var report = producer.pointee.report
        report.audioLevel = producer.pointee.audioLevel
        for layer in 0..<Int(producer.pointee.layerCount) {
            report.bitsPerSecond[layer] = producer.pointee.rates.bitsPerSecond(
                of: LayerChoice(simulcast: UInt8(layer)))
            let media = intakes[Int(index)].media[layer]
            report.packetsLost[layer] = media == endOfChain ? 0 : streams[Int(media)].statistics.lost
        }
        return report
    }

    mutating func answer(_ consumer: ConsumerIndex, _ address: UInt, _ sequence: UInt64) -> Bool {
        guard let place = UnsafeMutablePointer<ConsumerReport>(bitPattern: address) else { return false }
        let isFound =
            consumer.value < UInt32(limits.consumersMax) && forward.consumers[Int(consumer.value)].isOpen
        if isFound { place.pointee = consumerReport(consumer.value) }
        post(.reported(sequence: sequence, found: isFound))
        return true
    }

    private func consumerReport(_ index: UInt32) -> ConsumerReport {
        let consumer = forward.consumers + Int(index)
        var report = consumer.pointee.report
        let (current, target) = (consumer.pointee.current, consumer.pointee.target)
        report.current = [current.simulcast, current.spatial, current.temporal]
        report.target = [
            target.isNothing ? target.simulcast : consumer.pointee.targetLayer,
            min(target.spatial, topSpatial(consumer)), target.temporal,
        ]
        report.pauseReason = consumer.pointee.pauseReason
        return report
    }

    /// The highest spatial layer that there is of what a consumer is to reach.
    private func topSpatial(_ consumer: UnsafeMutablePointer<ConsumerState>) -> UInt8 {
        let layer = Int(consumer.pointee.targetLayer)
        guard consumer.pointee.producer != endOfChain, layer < Limits.layersMax else { return LayerChoice.layerMax }
        return forward.producers[Int(consumer.pointee.producer)].topSpatials[layer]
    }
}
