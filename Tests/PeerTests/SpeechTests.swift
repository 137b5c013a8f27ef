import Peer
import Testing

/// A room whose members' microphones tell levels; who speaks is asked after every packet.
final class RoomBench {
    let choice = SpeakerChoice()
    private var meters = [SpeechMeter](repeating: SpeechMeter(), count: 8)
    private var timestamp: UInt32 = .max - 48_000
    private var now = second
    private var dice: UInt64 = 7
    private(set) var speaker: Int?
    /// How often it changed.
    private(set) var changes = 0

    /// What a microphone hears in one frame.
    enum Sound {
        /// Words of about 200 ms with gaps of 40, as loud as people speak, at -25 dBov give or take 8.
        case speech
        case quietSpeech
        case room
        case fan
        /// A key every 160 ms, 30 ms long.
        case keyboard
        /// 300 ms at once, then nothing.
        case cough
        case muted
        /// Nothing is sent.
        case nothing
    }

    private func random(_ count: UInt64) -> UInt8 {
        dice = dice &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8((dice >> 33) % count)
    }

    private func level(_ sound: Sound, _ frame: Int) -> UInt8? {
        switch sound {
        case .speech: frame % 12 < 10 ? 18 + random(15) : 55 + random(8)
        case .quietSpeech: frame % 12 < 10 ? 38 + random(9) : 62 + random(5)
        case .room: 62 + random(6)
        case .fan: 33 + random(3)
        case .keyboard: frame % 8 < 2 ? 22 + random(6) : 60 + random(5)
        case .cough: frame < 15 ? 12 + random(5) : 62 + random(5)
        case .muted: 127
        case .nothing: nil
        }
    }

    /// After how many milliseconds `wanted` was found; nil when not.
    @discardableResult
    func hear(_ sounds: [Int: Sound], milliseconds: Int, until wanted: Int? = nil) -> Int? {
        for frame in 0..<milliseconds / 20 {
            now += 20 * millisecond
            timestamp &+= 960
            for member in sounds.keys.sorted() {
                guard let level = level(sounds[member]!, frame) else { continue }
                meters[member].update(level: level, payloadBytes: 80, timestamp: timestamp, now: now)
            }
            decide()
            if wanted != nil, speaker == wanted { return (frame + 1) * 20 }
        }
        return nil
    }

    private func decide() {
        var most: Float = -.infinity
        var found = speaker
        for member in meters.indices where member != speaker {
            let lead = choice.lead(of: meters[member], over: speaker.map { meters[$0] }, now: now)
            if let lead, lead > most { (most, found) = (lead, member) }
        }
        if found != speaker { changes += 1 }
        speaker = found
    }
}

@Suite struct SpeakerTests {
    @Test func nobodySpeaksInAQuietRoom() {
        let room = RoomBench()
        room.hear([0: .muted, 1: .room, 2: .nothing], milliseconds: 20_000)
        #expect(room.speaker == nil)
    }

    @Test func theFirstToSpeakIsFoundWithinSixHundredMilliseconds() throws {
        let room = RoomBench()
        room.hear([0: .room, 1: .room], milliseconds: 3000)
        let found = try #require(room.hear([0: .room, 1: .speech], milliseconds: 1000, until: 1))
        #expect(found <= 600, "found after \(found) ms")
    }

    @Test func aQuietVoiceIsFoundToo() throws {
        let room = RoomBench()
        room.hear([0: .speech, 1: .room], milliseconds: 3000)
        let found = try #require(room.hear([0: .room, 1: .quietSpeech], milliseconds: 2000, until: 1))
        #expect(found <= 600, "found after \(found) ms")
    }

    @Test func everyTurnIsFoundWithinSixHundredMilliseconds() throws {
        let room = RoomBench()
        room.hear([0: .room, 1: .room, 2: .room], milliseconds: 2000)
        for turn in 0..<20 {
            var sounds: [Int: RoomBench.Sound] = [0: .room, 1: .room, 2: .room]
            sounds[turn % 3] = .speech
            let found = try #require(room.hear(sounds, milliseconds: 2000, until: turn % 3))
            #expect(found <= 600, "turn \(turn) found after \(found) ms")
            room.hear(sounds, milliseconds: 2400)
        }
        #expect(room.changes == 20)
    }

    @Test func aCoughDoesNotSwitch() {
        let room = RoomBench()
        room.hear([0: .speech, 1: .room], milliseconds: 5000)
        room.hear([0: .room, 1: .room], milliseconds: 1500)
        for _ in 0..<5 { room.hear([0: .room, 1: .cough], milliseconds: 1500) }
        room.hear([0: .speech, 1: .cough], milliseconds: 1500)
        #expect(room.speaker == 0)
        #expect(room.changes == 1)
    }

    @Test func aKeyboardDoesNotSwitch() {
        let room = RoomBench()
        room.hear([0: .speech, 1: .room], milliseconds: 5000)
        room.hear([0: .room, 1: .keyboard], milliseconds: 20_000)
        #expect(room.speaker == 0)
        #expect(room.changes == 1)
    }

    @Test func whoTypesGivesWayToWhoSpeaks() throws {
        let room = RoomBench()
        room.hear([0: .speech, 1: .room], milliseconds: 5000)
        let found = try #require(room.hear([0: .keyboard, 1: .speech], milliseconds: 3000, until: 1))
        #expect(found <= 1500, "found after \(found) ms")
    }

    @Test func twoAtOnceDoNotFlap() {
        let room = RoomBench()
        room.hear([0: .speech, 1: .room], milliseconds: 3000)
        room.hear([0: .speech, 1: .speech], milliseconds: 30_000)
        #expect(room.changes <= 2, "\(room.changes) changes in half a minute")
    }

    @Test func aFanBecomesBackground() throws {
        let room = RoomBench()
        room.hear([0: .fan, 1: .room], milliseconds: 25_000)
        let found = try #require(room.hear([0: .fan, 1: .speech], milliseconds: 2000, until: 1))
        #expect(found <= 600, "found after \(found) ms")
        room.hear([0: .fan, 1: .room], milliseconds: 20_000)
        #expect(room.speaker == 1)
    }

    @Test func theLastSpeakerStaysWhenNothingIsSent() {
        let room = RoomBench()
        room.hear([0: .speech, 1: .room], milliseconds: 2000)
        room.hear([1: .muted], milliseconds: 10_000)
        #expect(room.speaker == 0)
    }
}

@Suite struct SpeechMeterTests {
    private func spoken(_ frames: Int, level: UInt8? = 20, bytes: Int = 80) -> SpeechMeter {
        var meter = SpeechMeter()
        for frame in 0..<frames {
            meter.update(
                level: level, payloadBytes: bytes, timestamp: UInt32(frame) * 960,
                now: second + UInt64(frame) * 20 * millisecond)
        }
        return meter
    }

    private func end(_ frames: Int) -> UInt64 { second + UInt64(frames - 1) * 20 * millisecond }

    @Test func theThreeScalesFillOneAfterTheOther() {
        #expect(spoken(1).immediate(now: end(1)) >= 10)
        #expect(spoken(1).medium(now: end(1)) == 1)
        #expect(spoken(5).medium(now: end(5)) == 5)
        #expect(spoken(5).long(now: end(5)) == 1)
        #expect(spoken(40).long(now: end(40)) == 8)
    }

    @Test func packetsThatArriveTogetherAreFramesOfTheirOwn() {
        var meter = SpeechMeter()
        for frame in 0..<20 { meter.update(level: 20, payloadBytes: 80, timestamp: UInt32(frame) * 960, now: second) }
        #expect(meter.long(now: second) == 4)
    }

    @Test func whatDtxLeavesOutIsSilence() {
        var meter = spoken(40)
        #expect(!meter.isSilent(now: end(40) + 200 * millisecond))
        #expect(meter.isSilent(now: end(40) + 900 * millisecond), "without any packet")
        meter.update(level: 100, payloadBytes: 1, timestamp: 39 * 960 + 48_000, now: end(40) + second)
        #expect(meter.isSilent(now: end(40) + second), "after a packet of comfort noise")
        #expect(meter.long(now: end(40) + second) == 0)
    }

    @Test func aLevelOf127IsNoSoundAndNoBackground() {
        let meter = spoken(200, level: 127)
        #expect(meter.isSilent(now: end(200)))
        #expect(meter.loudness(now: end(200)) == 0)
    }

    @Test func whoTellsNoLevelsIsHeardButNeverDominant() {
        let meter = spoken(60, level: nil)
        #expect(meter.isSpeaking(now: end(60)))
        #expect(!meter.tellsLevels)
        #expect(SpeakerChoice().lead(of: meter, over: nil, now: end(60)) == nil)
        #expect(!spoken(60, level: nil, bytes: 3).isSpeaking(now: end(60)), "DTX is not speech")
    }

    @Test func latePacketsAndRestartsDoNoHarm() {
        var meter = spoken(40)
        meter.update(level: 127, payloadBytes: 80, timestamp: 30 * 960, now: end(40))
        #expect(meter.long(now: end(40)) == 8, "late")
        meter.update(level: 20, payloadBytes: 80, timestamp: 0x8000_0000, now: end(40))
        #expect(meter.long(now: end(40)) == 0, "another source")
        meter.update(level: 255, payloadBytes: 80, timestamp: 0x8000_0000 + 960, now: end(40))
        #expect(meter.immediate(now: end(40)) == 0, "the highest bit is not the level's")
    }
}
