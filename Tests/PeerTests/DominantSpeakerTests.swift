import Peer
import Testing

/// A room whose members speak at a level for a while.
final class RoomBench {
    let storage: UnsafeMutablePointer<AudioLevelMeter> = .allocate(capacity: 8)
    var speaker: DominantSpeaker
    var now = second

    init() { speaker = DominantSpeaker(storage: storage, capacity: 8) }
    deinit { storage.deallocate() }

    /// A packet of each every 20 ms.
    func speak(_ levels: [Int: UInt8], milliseconds: UInt64) -> Int {
        for _ in 0..<milliseconds / 20 {
            now += 20 * millisecond
            for (ordinal, level) in levels { speaker.update(producerOrdinal: ordinal, level: level, now: now) }
        }
        return speaker.dominant(now: now)
    }
}

@Suite struct DominantSpeakerTests {
    @Test func nobodyIsDominantInSilence() {
        let room = RoomBench()
        #expect(room.speak([0: 127, 1: 90], milliseconds: 2000) == DominantSpeaker.nobody)
    }

    @Test func theFirstWordIsHeardWithinATenthOfASecond() {
        let room = RoomBench()
        #expect(room.speak([0: 127, 1: 30], milliseconds: 100) == 1)
    }

    @Test func aLouderOneTakesOverAfterTheHold() {
        let room = RoomBench()
        #expect(room.speak([0: 40], milliseconds: 200) == 0)
        #expect(room.speak([0: 40, 1: 20], milliseconds: 300) == 0)
        #expect(room.speak([0: 40, 1: 20], milliseconds: 300) == 1)
    }

    @Test func aLittleLouderIsNotEnough() {
        let room = RoomBench()
        #expect(room.speak([0: 40], milliseconds: 200) == 0)
        #expect(room.speak([0: 40, 1: 36], milliseconds: 5000) == 0)
    }

    @Test func theLastSpeakerStaysInSilenceAndYieldsToTheNext() {
        let room = RoomBench()
        #expect(room.speak([0: 30], milliseconds: 1000) == 0)
        #expect(room.speak([:], milliseconds: 5000) == 0)
        #expect(room.speak([1: 50], milliseconds: 300) == 1)
    }

    @Test func whoLeavesIsNotDominant() {
        let room = RoomBench()
        #expect(room.speak([0: 30], milliseconds: 200) == 0)
        room.speaker.remove(producerOrdinal: 0)
        #expect(room.speaker.dominant(now: room.now) == DominantSpeaker.nobody)
    }

    @Test func aPlaceOutOfRangeIsIgnored() {
        let room = RoomBench()
        #expect(room.speak([8: 0, -1: 0], milliseconds: 500) == DominantSpeaker.nobody)
        #expect(room.speaker.level(producerOrdinal: 8, now: room.now) == 127)
    }

    @Test func theMeterRisesFastAndFallsSlowly() {
        var meter = AudioLevelMeter()
        for step in 1...10 as ClosedRange<UInt64> { meter.update(level: 27, now: second + step * 20 * millisecond) }
        let loud = meter.loudness(now: second + 200 * millisecond)
        #expect(loud >= 90 && loud <= 100)
        meter.update(level: 127, now: second + 220 * millisecond)
        #expect(meter.loudness(now: second + 220 * millisecond) > 75)
        #expect(meter.loudness(now: second + 421 * millisecond) == 0, "nothing for 200 ms is silence")
        meter.update(level: 255, now: second + 500 * millisecond)
        #expect(meter.level(now: second + 500 * millisecond) == 127)
    }
}
