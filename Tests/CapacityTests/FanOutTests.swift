import Testing

@testable import Capacity

/// What a burst becomes, counted by hand.
@Suite struct FanOutTests {
    private func arrival(_ kind: Arrival.Kind, of publisher: Int, _ packets: Int = 1, bytes: Int, layer: Int = 0)
        -> Arrival
    {
        Arrival(time: 0, kind: kind, room: 0, publisher: publisher, layer: layer, packets: packets, bytes: bytes)
    }

    private func work(_ kind: RoomKind, _ arrivals: [Arrival]) -> Work {
        FanOut(OpenRoom(kind, kindPlace: 0, number: 0), arrivals).work
    }

    @Test func aFrameIsOneRunForEachReceiver() {
        let work = work(Machine.webinar(10), [arrival(.video, of: 0, 6, bytes: 1000)])
        #expect(work[.run] == 10 && work[.segment] == 60)
    }

    @Test func soundIsTheShortEndOfAPicturesRun() {
        let work = work(
            Machine.webinar(10), [arrival(.audio, of: 0, bytes: 120), arrival(.video, of: 0, 6, bytes: 1000)])
        #expect(work[.run] == 10 && work[.segment] == 70)
    }

    @Test func behindAShortPacketARunEnds() {
        let sounds = (0..<3).map { arrival(.audio, of: $0, bytes: 120 - $0) }
        let work = work(Machine.room(10) { ($0.publishers, $0.receivers) = (3, 7) }, sounds)
        #expect(work[.run] == 14 && work[.segment] == 21)
    }

    @Test func nobodyGetsItsOwn() {
        let work = work(Machine.room(4), [arrival(.video, of: 2, 6, bytes: 1000)])
        #expect(work[.run] == 3 && work[.segment] == 18)
    }

    @Test func twoOfAMeetingInOneBurst() {
        let work = work(
            Machine.room(4), [arrival(.video, of: 0, 6, bytes: 1000), arrival(.video, of: 1, 6, bytes: 1200)])
        // Two get both, the two senders one each.
        #expect(work[.run] == 6 && work[.segment] == 36)
    }

    @Test func onlySoManyVoicesAreHeard() {
        let kind = Machine.room(10) { ($0.voices, $0.videoKilobits) = (3, 0) }
        // The fourth is heard by nobody but the three before it, in place of themselves.
        #expect(work(kind, [arrival(.audio, of: 2, bytes: 120)])[.segment] == 9)
        #expect(work(kind, [arrival(.audio, of: 5, bytes: 120)])[.segment] == 0)
    }

    @Test func aLayerGoesToThoseWhoTakeIt() {
        let kind = Machine.webinar(100) { ($0.layers, $0.layerShares) = (3, [0.2, 0.3, 0.5]) }
        #expect(work(kind, [arrival(.video, of: 0, 2, bytes: 800, layer: 1)])[.run] == 30)
    }

    @Test func aRunHoldsSixtyFourKilobytes() {
        let work = work(Machine.webinar(1), [arrival(.video, of: 0, 100, bytes: 1100)])
        #expect(work[.run] == 2 && work[.segment] == 100)
    }
}
