import Contract
import Testing
import Wire

func whole(_ payload: [UInt8]) -> RtpPayload { RtpPayload(offset: 0, length: payload.count) }

func vp8(_ hex: String) throws(WireError) -> Vp8Descriptor {
    let payload = bytes(hex)
    return try payload.inMemory { (buffer) throws(WireError) in
        try Vp8Descriptor(parsing: buffer.bytes, payload: whole(payload))
    }
}

func vp9(_ hex: String) throws(WireError) -> Vp9Descriptor {
    let payload = bytes(hex)
    return try payload.inMemory { (buffer) throws(WireError) in
        try Vp9Descriptor(parsing: buffer.bytes, payload: whole(payload))
    }
}

func facts(_ codec: Codec, _ hex: String) -> PayloadFacts {
    let payload = bytes(hex)
    return payload.inMemory { PayloadFacts(codec: codec, payload: whole(payload), in: $0.bytes) }
}

@Suite struct Vp8Parsing {
    @Test func readsEveryFieldOfAKeyframe() throws {
        let found = try vp8("b0 f0 8123 45 65 50 02 00 9d012a 80 02 68 c1 00")
        #expect(found.isNonReference && found.startsPartition && found.beginsFrame)
        #expect(found.hasLongPictureId && found.pictureId == 0x123 && found.pictureIdOffset == 2)
        #expect(found.tl0PictureIndex == 0x45 && found.tl0PictureIndexOffset == 4)
        #expect(found.temporalId == 1 && found.isLayerSync && found.keyIndex == 5 && found.layerOffset == 5)
        #expect(found.dataOffset == 6 && found.isKeyframeStart)
        #expect(found.width == 640 && found.height == 0x168)
    }

    @Test func aShortPictureIdHasSevenBits() throws {
        let found = try vp8("90 80 7f 01")
        #expect(!found.hasLongPictureId && found.pictureId == 127 && found.dataOffset == 3)
        #expect(found.beginsFrame && !found.isKeyframeStart && !found.hasTl0PictureIndex)
    }

    @Test func fieldsWithoutTheirFlagDoNotCount() throws {
        let found = try vp8("90 10 e5 01")
        #expect(!found.hasTemporalId && found.temporalId == 0 && !found.isLayerSync && found.keyIndex == 5)
    }

    @Test func onlyTheFirstPartitionBeginsAFrame() throws {
        #expect(try !vp8("11 00 00").beginsFrame)
        #expect(try !vp8("00 00 00").beginsFrame)
        #expect(try !vp8("00 00 00").isKeyframeStart)
    }

    @Test func everyCutDescriptorIsRefused() {
        let hex = ["b0", "f0", "81", "23", "45", "65"]
        for count in 0...hex.count {
            #expect(throws: WireError.truncated) { try vp8(hex.prefix(count).joined()) }
        }
    }
}

@Suite struct Vp9Parsing {
    @Test func readsNonFlexibleMode() throws {
        let found = try vp9("ac 8123 53 07 82")
        #expect(found.pictureId == 0x123 && found.pictureIdOffset == 1 && found.hasLongPictureId)
        #expect(found.temporalId == 2 && found.isSwitchingUp && found.spatialId == 1 && found.isInterLayer)
        #expect(found.tl0PictureIndex == 7 && found.tl0PictureIndexOffset == 4)
        #expect(found.beginsFrame && found.endsFrame && !found.isFlexible && !found.isInterPicture)
        // The upper layer of a key picture is no place to begin.
        #expect(!found.isKeyframeStart && found.dataOffset == 5)
    }

    @Test func readsFlexibleModeWithThreeReferences() throws {
        let found = try vp9("f8 11 20 03 05 0c 82")
        #expect(found.referenceCount == 3 && found.references[0] == 1 && found.references[2] == 6)
        #expect(!found.hasTl0PictureIndex && found.pictureId == 0x11 && found.temporalId == 1)
        #expect(throws: WireError.malformed) { try vp9("f8 11 20 03 05 0d 02 82") }
    }

    @Test func readsTheScalabilityStructure() throws {
        let found = try vp9("aa 8123 00 05 38 0140 00b4 0280 0168 02 04 01 28 01 02 82")
        #expect(found.isKeyframeStart && found.hasStructure && found.structureOffset == 5)
        #expect(found.structure.spatialLayerCount == 2 && found.structure.hasResolutions)
        #expect(found.structure.widths[1] == 640 && found.structure.heights[0] == 180)
        #expect(found.structure.groupSize == 2 && found.dataOffset == 20)
    }

    @Test func aKeyframeBeginsWhereNothingIsReferredTo() throws {
        #expect(try vp9("88 01 82").isKeyframeStart)
        #expect(try !vp9("80 01 82").isKeyframeStart)
        #expect(try !vp9("c8 01 82").isKeyframeStart)
    }
}

@Suite struct H264Parsing {
    @Test(arguments: [
        ("67 42c01f", true, true), ("65 88 84", true, true), ("65 40 84", false, false), ("41 9a 24", false, true),
        ("41 4a 24", false, false), ("06 05 01", false, true), ("68 ce", false, true), ("09 10", false, true),
        ("78 0004 6742c01f 0004 68ce3c80 0003 658880", true, true), ("78 0002 419a 0002 4180", false, true),
        ("7c 85 88 84", true, true), ("7c 05 88 84", false, false), ("7c 45 88", false, false),
        ("7c 81 9a 84", false, true),
    ])
    func keyframesAndFramesBegin(_ hex: String, _ keyframe: Bool, _ frame: Bool) {
        let found = facts(.h264ConstrainedBaseline, hex)
        #expect(found.isValid && found.isKeyframeStart == keyframe && found.beginsFrame == frame)
    }

    @Test(arguments: ["", "00", "79 00", "7c 85", "7c c5 88", "78", "78 00", "78 0000 01", "78 0003 6742"])
    func unlawfulPayloadsAreRefused(_ hex: String) {
        let found = facts(.h264High, hex)
        #expect(!found.isValid && !found.isKeyframeStart && !found.beginsFrame)
    }
}

@Suite struct Av1Parsing {
    @Test(arguments: [
        // One element: a sequence header; a frame; two with a length in front of the first; all with lengths.
        ("18 0a0b0000", true, true), ("10 32 1122", false, true), ("20 02 0a0b 32 11", true, true),
        ("00 02 0a0b 03 321122", true, true), ("10 22 1122", false, false), ("90 32 1122", false, false),
        ("50 32 1122", false, true), ("a0 01 11 0a 0b", true, false), ("08 03 321122", true, true),
    ])
    func keyframesAndFramesBegin(_ hex: String, _ keyframe: Bool, _ frame: Bool) {
        let found = facts(.av1, hex)
        #expect(found.isValid && found.isKeyframeStart == keyframe && found.beginsFrame == frame)
    }

    @Test(arguments: ["", "18", "98 0a", "20 05 0a0b", "00 80", "00 808080808080808001 00"])
    func unlawfulPayloadsAreRefused(_ hex: String) { #expect(!facts(.av1, hex).isValid) }
}

@Suite struct PayloadFactsOfAudio {
    @Test func everyAudioPacketIsAPlaceToBegin() {
        #expect(facts(.opus, "00").isKeyframeStart && facts(.red, "00").beginsFrame)
        #expect(!facts(.none, "00").isValid)
    }
}
