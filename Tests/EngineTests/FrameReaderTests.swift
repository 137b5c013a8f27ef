import Contract
import Testing
import Wire

@testable import Forward

/// What `FrameReader` makes of payloads of one stream.
private struct Reading {
    var reader = FrameReader()
    let codec: Codec

    init(_ codec: Codec) { self.codec = codec }

    mutating func read(_ bytes: [UInt8], at timestamp: UInt32) -> (frame: FrameFacts, isKeyframeStart: Bool) {
        reader.read(
            codec: codec, payload: RtpPayload(offset: 0, length: bytes.count), descriptor: .absent,
            timestamp: timestamp, in: bytes.span.bytes)
    }
}

/// VP9, non-flexible mode: picture id 300, then temporal and spatial layer, TL0 index 9.
private func vp9(
    inter: Bool, temporal: UInt8 = 0, spatial: UInt8 = 0, alone: Bool = false, up: Bool = false, layers: UInt8? = nil
) -> [UInt8] {
    let first: UInt8 = 0xAC | (inter ? 0x40 : 0) | (alone ? 1 : 0) | (layers == nil ? 0 : 2)
    let layer = temporal << 5 | (up ? 0x10 : 0) | spatial << 1
    return [first, 0x81, 0x2C, layer, 9] + (layers.map { [($0 - 1) << 5] } ?? []) + [0x82, 0]
}

@Suite struct FrameReaderTests {
    @Test func vp8TemporalLayersAreForThoseWhoReachThem() {
        var reading = Reading(.vp8)
        // X, S; I, L, T; 15 bits of picture id; TL0; T1 with Y.
        let key = reading.read([0x90, 0xE0, 0x80, 0x05, 7, 0x00, 0x10, 0], at: 0)
        #expect(key.isKeyframeStart && key.frame.has(.isKeyPicture) && key.frame.pictureId == 5)
        #expect(!key.frame.has(.isLayered) && key.frame.pictureIdPlace == 2 && key.frame.tl0Place == 4)
        let upper = reading.read([0x90, 0xE0, 0x80, 0x06, 7, 0x60, 0x11, 0], at: 3000).frame
        #expect(upper.has(.isLayered) && upper.has(.isLayerSync) && !upper.has(.isKeyPicture))
        #expect(upper.indication(0, 0) == 0 && upper.indication(0, 1) != 0 && upper.indication(3, 3) != 0)
    }

    @Test func lowerLayersOfVp9AreForAllAboveUnlessTheyStandAlone() {
        var reading = Reading(.vp9)
        #expect(reading.read(vp9(inter: false, layers: 3), at: 0).isKeyframeStart)
        let nested = reading.read(vp9(inter: true), at: 3000).frame
        #expect(nested.topSpatial == 2 && nested.has(.isNested))
        #expect(nested.indication(0, 0) != 0 && nested.indication(2, 0) != 0 && nested.indication(3, 3) != 0)
        let alone = reading.read(vp9(inter: true, alone: true), at: 6000).frame
        #expect(!alone.has(.isNested) && alone.indication(0, 3) != 0 && alone.indication(1, 3) == 0)
        let top = reading.read(vp9(inter: true, temporal: 2, spatial: 2, alone: true), at: 6000).frame
        #expect(top.indication(2, 2) != 0 && top.indication(3, 3) != 0)
        #expect(top.indication(2, 1) == 0 && top.indication(1, 3) == 0)
    }

    @Test func aSpatialLayerThatDoesNotComeAnyMoreIsGone() {
        var reading = Reading(.vp9)
        _ = reading.read(vp9(inter: false, layers: 2), at: 0)
        _ = reading.read(vp9(inter: false, spatial: 1), at: 0)
        var tops: [UInt8] = []
        for picture in 1...10 as ClosedRange<UInt32> {
            tops.append(reading.read(vp9(inter: true), at: picture * 3000).frame.topSpatial)
        }
        #expect(tops.first == 1 && tops.last == 0)
        #expect(reading.read(vp9(inter: false, spatial: 1), at: 33_000).frame.topSpatial == 1)
    }
}

@Suite struct LayerStepTests {
    private func frame(_ bytes: [UInt8], after others: [[UInt8]], _ codec: Codec) -> FrameFacts {
        var reading = Reading(codec)
        for (place, other) in others.enumerated() { _ = reading.read(other, at: UInt32(place) * 3000) }
        return reading.read(bytes, at: 90_000).frame
    }

    private func step(_ frame: FrameFacts, _ current: (UInt8, UInt8), _ goal: (UInt8, UInt8)) -> LayerStep {
        LayerStep(
            frame, from: LayerChoice(simulcast: 0, spatial: current.0, temporal: current.1),
            goal: LayerChoice(simulcast: 0, spatial: goal.0, temporal: goal.1))
    }

    @Test func vp9ClimbsTemporallyOnlyWhereItsBitSaysSo() {
        let key = vp9(inter: false, layers: 1)
        let closed = frame(vp9(inter: true), after: [key], .vp9)
        #expect(step(closed, (0, 0), (0, 2)).temporal == 0)
        let open = frame(vp9(inter: true, up: true), after: [key], .vp9)
        #expect(step(open, (0, 0), (0, 2)).temporal == 2)
        // It may refer to its own layer, which was not there.
        let above = frame(vp9(inter: true, temporal: 1, up: true), after: [key], .vp9)
        #expect(step(above, (0, 0), (0, 2)).temporal == 0)
    }

    @Test func spatiallyOneGoesDownAtAnyPictureAndUpAtKeyframes() {
        let key = vp9(inter: false, layers: 3)
        let delta = frame(vp9(inter: true), after: [key], .vp9)
        #expect(step(delta, (2, 3), (0, 3)).spatial == 0)
        #expect(step(delta, (0, 3), (2, 3)).spatial == 0)
        #expect(step(frame(key, after: [key], .vp9), (0, 3), (2, 3)).spatial == 2)
    }

    @Test func ofKeySvcAllTurnsTakeAKeyframe() {
        let key = vp9(inter: false, layers: 3)
        let delta = frame(vp9(inter: true, alone: true), after: [key], .vp9)
        #expect(step(delta, (2, 3), (0, 3)).spatial == 2)
        #expect(step(frame(key, after: [key], .vp9), (2, 3), (0, 3)).spatial == 0)
    }

    @Test func vp8ClimbsOneLayerAtAFrameThatRefersToTheBaseOnly() {
        let key: [UInt8] = [0x90, 0xE0, 0x80, 0x05, 7, 0x00, 0x10, 0]
        let sync = frame([0x90, 0xE0, 0x80, 0x06, 7, 0x60, 0x11, 0], after: [key], .vp8)
        #expect(step(sync, (0, 0), (0, 2)).temporal == 1)
        let second = frame([0x90, 0xE0, 0x80, 0x06, 7, 0xA0, 0x11, 0], after: [key], .vp8)
        #expect(step(second, (0, 0), (0, 2)).temporal == 0 && step(second, (0, 1), (0, 2)).temporal == 2)
    }
}

@Suite struct IdTranslationTests {
    private func picture(_ id: UInt16, tl0: UInt8 = 0, isLong: Bool = true) -> FrameFacts {
        var frame = FrameFacts()
        frame.flags.set(.isNumbered)
        frame.flags.set(.countsPictures)
        frame.flags.set(.hasLongPictureId, isLong)
        frame.pictureId = id
        frame.pictureIdPlace = 2
        frame.tl0Place = 4
        frame.tl0PictureIndex = tl0
        return frame
    }

    private func leave(_ ids: inout IdTranslation, _ frame: FrameFacts) -> UInt16? {
        ids.note(frame)
        return ids.picture(frame)
    }

    @Test func whatIsLeftOutLeavesNoHole() {
        var none = IdTranslation()
        var ids = none.next(picture(0x7FFE))
        #expect(leave(&ids, picture(0x7FFE)) == 0x7FFE)
        ids.skip(picture(0x7FFF))
        #expect(leave(&ids, picture(0)) == 0x7FFF)
        ids.skip(picture(1))
        ids.skip(picture(2))
        #expect(leave(&ids, picture(3)) == 0)
        // Late ones have the ids of their time, those left out none.
        #expect(leave(&ids, picture(0)) == 0x7FFF && leave(&ids, picture(0x7FFE)) == 0x7FFE)
        #expect(ids.picture(picture(2)) == nil)
    }

    @Test func aPictureThatHasNotComeKeepsItsId() {
        var none = IdTranslation()
        var ids = none.next(picture(10))
        _ = leave(&ids, picture(10))
        #expect(leave(&ids, picture(13)) == 13)
        #expect(leave(&ids, picture(11)) == 11)
    }

    @Test func anotherSourceGoesOnWhereTheLastEnded() {
        var none = IdTranslation()
        var first = none.next(picture(500, tl0: 250))
        _ = leave(&first, picture(500, tl0: 250))
        first.skip(picture(501, tl0: 250))
        _ = leave(&first, picture(502, tl0: 251))
        var second = first.next(picture(9000, tl0: 3))
        #expect(leave(&second, picture(9000, tl0: 3)) == 502 && second.tl0(picture(9000, tl0: 3)) == 252)
        #expect(leave(&second, picture(9001, tl0: 4)) == 503)
        // Sent again of the first.
        #expect(first.picture(picture(502)) == 501)
    }

    @Test func aSourceFromWhichNothingLeftUsesNoIds() {
        var none = IdTranslation()
        var first = none.next(picture(500, tl0: 250))
        _ = leave(&first, picture(500, tl0: 250))
        var (unsent, other) = (first.next(picture(40, tl0: 9)), IdTranslation())
        other = unsent.next(picture(7000, tl0: 77))
        other = other.next(picture(9000, tl0: 3))
        #expect(leave(&other, picture(9000, tl0: 3)) == 501 && other.tl0(picture(9000, tl0: 3)) == 251)
        unsent = other.next(picture(40, tl0: 9))
        #expect(leave(&unsent, picture(40, tl0: 9)) == 502)
    }

    @Test func shortIdsWrapInTheirSevenBits() {
        var none = IdTranslation()
        var ids = none.next(picture(126, isLong: false))
        #expect(leave(&ids, picture(126, isLong: false)) == 126)
        ids.skip(picture(127, isLong: false))
        #expect(leave(&ids, picture(0, isLong: false)) == 127)
        #expect(leave(&ids, picture(1, isLong: false)) == 0)
    }

    @Test func frameNumbersAndTemplatesGoOn() {
        var frame = FrameFacts()
        frame.flags.set(.hasFrameNumber)
        frame.flags.set(.hasStructure)
        (frame.frameNumber, frame.templateIdOffset, frame.templateCount) = (100, 60, 9)
        var none = IdTranslation()
        var first = none.next(frame)
        first.note(frame)
        #expect(first.frameNumber(frame) == 100 && first.templateShift == 0)
        (frame.frameNumber, frame.templateIdOffset) = (7, 0)
        var second = first.next(frame)
        second.note(frame)
        // 60 + 9, modulo 64.
        #expect(second.frameNumber(frame) == 101 && second.templateShift == 5)
    }

    @Test func anOlderStructureThatLeavesLateMovesNoTemplates() {
        func structure(_ number: Int, _ offset: UInt8) -> FrameFacts {
            var frame = FrameFacts()
            frame.flags.set(.hasFrameNumber)
            frame.flags.set(.hasStructure)
            frame.frameNumber = UInt16(truncatingIfNeeded: number)
            (frame.templateIdOffset, frame.templateCount) = (offset, 3)
            return frame
        }
        func shift(_ ids: IdTranslation) -> UInt8 {
            var ids = ids
            return ids.next(structure(7, 0)).templateShift
        }
        var none = IdTranslation()
        var ids = none.next(structure(100, 10))
        ids.note(structure(100, 10))
        ids.note(structure(130, 20))
        ids.note(structure(100, 10))
        #expect(shift(ids) == 23)
        // After so many frames without a structure that 16 bits could be read either way, the next is the newest.
        var frame = FrameFacts()
        frame.flags.set(.hasFrameNumber)
        for number in 131..<40_000 {
            frame.frameNumber = UInt16(number)
            ids.note(frame)
        }
        ids.note(structure(40_000, 30))
        #expect(shift(ids) == 33)
        // It may come behind what follows it.
        frame.frameNumber = 40_031
        ids.note(frame)
        ids.note(structure(40_030, 40))
        #expect(shift(ids) == 43)
    }
}
