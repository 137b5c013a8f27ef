import Peer
import Testing

/// What a capacity plan reckons with. A change here is a change of memory per peer, producer layer or consumer.
@Suite struct SizeTests {
    @Test func statePerConsumerFitsAKibibyte() {
        let bytes = MemoryLayout<SequenceTranslator>.stride + MemoryLayout<TimestampTranslator>.stride
        #expect(bytes <= 1024)
    }

    @Test func statePerIncomingStreamFitsThreeKibibytes() {
        let bytes =
            MemoryLayout<SequenceExtender>.stride + MemoryLayout<ReceptionStatistics>.stride
            + MemoryLayout<NackTracker>.stride + MemoryLayout<KeyframeThrottle>.stride
            + MemoryLayout<SenderClock>.stride
        #expect(bytes <= 3072)
    }

    @Test func statePerPeerFitsHalfAKibibyteWithoutItsRing() {
        let bytes =
            MemoryLayout<IceAgent>.stride + MemoryLayout<RoundTrip>.stride + MemoryLayout<PublisherClock>.stride
            + MemoryLayout<ReceiverReference>.stride + MemoryLayout<TransportFeedbackRecorder>.stride
        #expect(bytes <= 512)
    }
}
