import Testing
import Wire

/// Writes bit fields, the most significant bit first.
struct BitWriter {
    var bits: [UInt8] = []
    mutating func put(_ value: Int, _ count: Int) {
        for bit in stride(from: count - 1, through: 0, by: -1) { bits.append(UInt8(value >> bit & 1)) }
    }
    var bytes: [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 << 1 | (start + $1 < bits.count ? bits[start + $1] : 0) }
        }
    }
}

func descriptor(
    _ value: [UInt8], _ structure: inout DependencyStructure
) throws(WireError) -> DependencyDescriptor {
    // Offset 0 means that an extension is absent, so a byte stands in front.
    let packet = [0] + value
    let place = ExtensionValue(offset: 1, length: UInt8(value.count))
    return try packet.inMemory { (buffer) throws(WireError) in
        try DependencyDescriptor(parsing: buffer.bytes, value: place, structure: &structure)
    }
}

/// L1T2 with two decode targets and one chain, 640 by 360, template ids from 60 on so that they wrap.
let l1t2: [UInt8] = {
    var bits = BitWriter()
    bits.put(0b11, 2)
    bits.put(60, 6)
    bits.put(0x1234, 16)
    bits.put(0b10000, 5)
    bits.put(60, 6)
    bits.put(1, 5)
    // Layers: template 0 is T0, 1 is T0 again, 2 is T1.
    for step in [0, 1, 3] { bits.put(step, 2) }
    // Indications: switchable and switchable; required and required; absent and discardable.
    for indication in [2, 2, 3, 3, 0, 1] { bits.put(indication, 2) }
    // Frame differences: none; 2; 1.
    bits.put(0, 1)
    for (diff, more) in [(2, 0), (1, 0)] {
        bits.put(1, 1)
        bits.put(diff - 1, 4)
        bits.put(more, 1)
    }
    // One chain of at most two: ns(3) of 1 is "10"; both targets are protected by it in ns(1), no bits.
    bits.put(0b10, 2)
    for diff in [0, 2, 1] { bits.put(diff, 4) }
    bits.put(1, 1)
    bits.put(639, 16)
    bits.put(359, 16)
    return bits.bytes
}()

@Suite struct DependencyDescriptors {
    @Test func readsTheStructureAndTheFirstFrame() throws {
        var structure = DependencyStructure()
        let found = try descriptor(l1t2, &structure)
        #expect(found.startsFrame && found.endsFrame && found.templateId == 60 && found.frameNumber == 0x1234)
        #expect(found.hasStructure && found.isResolved && found.spatialId == 0 && found.temporalId == 0)
        #expect(found.indication(0) == .switchable && found.indication(1) == .switchable)
        #expect(found.frameDiffCount == 0 && found.chainDiffs[0] == 0)
        #expect(structure.isValid && structure.templateCount == 3 && structure.decodeTargetCount == 2)
        #expect(structure.chainCount == 1 && structure.temporalLayerCount == 2 && structure.spatialLayerCount == 1)
        #expect(structure.targetTemporalId[0] == 0 && structure.targetTemporalId[1] == 1)
        #expect(structure.widths[0] == 640 && structure.heights[0] == 360 && structure.activeDecodeTargets == 0b11)
    }

    @Test func laterFramesAreResolvedByTheirTemplate() throws {
        var structure = DependencyStructure()
        _ = try descriptor(l1t2, &structure)
        let found = try descriptor(bytes("fe 1235"), &structure)
        #expect(found.isResolved && found.templateId == 62 && found.temporalId == 1)
        #expect(found.indication(0) == .notPresent && found.indication(1) == .discardable)
        #expect(found.frameDiffCount == 1 && found.frameDiffs[0] == 1 && found.chainDiffs[0] == 1)
        #expect(throws: WireError.malformed) { try descriptor(bytes("ff 1235"), &structure) }
    }

    @Test func customFieldsReplaceTheTemplates() throws {
        var structure = DependencyStructure()
        _ = try descriptor(l1t2, &structure)
        var bits = BitWriter()
        bits.put(0xfd1236, 24)
        // Active targets 0b01, custom indications, differences (5 in one nibble, 300 in three) and chain.
        bits.put(0b01111, 5)
        bits.put(0b01, 2)
        for indication in [1, 2] { bits.put(indication, 2) }
        bits.put(1, 2)
        bits.put(4, 4)
        bits.put(3, 2)
        bits.put(299, 12)
        bits.put(0, 2)
        bits.put(77, 8)
        let found = try descriptor(bits.bytes, &structure)
        #expect(found.isResolved && found.hasActiveDecodeTargets && structure.activeDecodeTargets == 1)
        #expect(found.activeDecodeTargetsBit == 8 + 24 + 5)
        #expect(found.indication(0) == .discardable && found.indication(1) == .switchable)
        #expect(found.frameDiffCount == 2 && found.frameDiffs[0] == 5 && found.frameDiffs[1] == 300)
        #expect(found.chainDiffs[0] == 77)
    }

    @Test func withoutAStructureOnlyTheMandatoryFieldsCount() throws {
        var structure = DependencyStructure()
        let found = try descriptor(bytes("c5 0003 1220"), &structure)
        #expect(found.startsFrame && found.frameNumber == 3 && !found.isResolved)
    }

    @Test func everyCutStructureIsRefusedAndLeavesNoneBehind() throws {
        for length in 0..<l1t2.count - 4 {
            var structure = DependencyStructure()
            if length >= 4 { _ = try descriptor(l1t2, &structure) }
            if length == 3 {
                #expect(try !descriptor(Array(l1t2.prefix(length)), &structure).isResolved)
            } else {
                #expect(throws: WireError.truncated) { try descriptor(Array(l1t2.prefix(length)), &structure) }
            }
            #expect(!structure.isValid)
        }
    }

    /// What libwebrtc M152 sends for AV1 in mode L3T3 when it starts with two of the layers.
    @Test func readsWhatLibwebrtcSends() throws {
        var structure = DependencyStructure()
        let key = try descriptor(
            bytes(
                "c10001800514853abfaaa18f04304302a02a006001001b934515e082704608c0c787004321651111543276809f8059813f80b380"
            ),
            &structure)
        #expect(key.hasStructure && key.isResolved && key.startsFrame && key.endsFrame)
        #expect(structure.widths[0] == 320 && structure.heights[0] == 180)
        #expect(structure.widths[1] == 640 && structure.heights[1] == 360)
        #expect(structure.decodeTargetCount == 6 && structure.chainCount == 2 && structure.temporalLayerCount == 3)
        // Frame 1 is the last of chain 0 for all of them.
        let frames = [("c60002", 1, 0, 1, 1), ("c30003", 0, 2, 2, 2), ("c80004", 1, 2, 1, 3), ("c20005", 0, 1, 4, 4)]
        for (hex, spatial, temporal, diff, chainDiff) in frames {
            let found = try descriptor(bytes(hex), &structure)
            #expect(found.isResolved && found.spatialId == UInt8(spatial) && found.temporalId == UInt8(temporal))
            #expect(found.frameDiffs[0] == UInt16(diff) && found.chainDiffs[0] == UInt8(chainDiff))
        }
    }

    /// VP9 in mode L3T3_KEY.
    @Test func readsThreeSpatialLayers() throws {
        var structure = DependencyStructure()
        let key = try descriptor(
            bytes(
                "800001c00514853aaaa8018004004002a02a0060010015d34514174d144c700874321651118543276809f8059813f80b38e0"),
            &structure)
        #expect(key.isResolved && key.startsFrame && !key.endsFrame)
        #expect(structure.widths[0] == 320 && structure.widths[1] == 640)
    }
}

@Suite struct DependencyRewritings {
    private func rewritten(_ value: [UInt8], _ rewriting: DependencyRewriting) -> [UInt8] {
        var out = [UInt8](repeating: 0xEE, count: rewriting.byteCount(of: value.count))
        let count = value.withUnsafeBytes { source in
            out.withUnsafeMutableBytes { target in
                rewriting.write(source.baseAddress!, length: value.count, to: target.baseAddress!)
            }
        }
        #expect(count == out.count)
        return out
    }

    @Test func idsChangeInPlace() throws {
        var structure = DependencyStructure()
        let first = rewritten(l1t2, DependencyRewriting(frameNumber: 7, templateShift: 10, hasStructure: true))
        #expect(first.count == l1t2.count)
        let found = try descriptor(first, &structure)
        #expect(found.frameNumber == 7 && found.templateId == 6 && structure.templateIdOffset == 6)
        #expect(found.isResolved && found.indication(1) == .switchable)
        let next = rewritten(bytes("fe 1235"), DependencyRewriting(frameNumber: 8, templateShift: 10))
        #expect(next == bytes("c8 0008"))
        #expect(try descriptor(next, &structure).temporalId == 1)
    }

    @Test func aMaskIsPutBehindTheMandatoryFields() throws {
        var structure = DependencyStructure()
        _ = try descriptor(l1t2, &structure)
        var rewriting = DependencyRewriting(frameNumber: 0x1235)
        rewriting.writesMask = true
        rewriting.mask = 0b01
        rewriting.targetCount = 2
        rewriting.maskBit = 24
        let value = rewritten(bytes("fd 1235"), rewriting)
        // 0 1 000, then 01.
        #expect(value == bytes("fd 1235 42"))
        let found = try descriptor(value, &structure)
        #expect(found.hasActiveDecodeTargets && structure.activeDecodeTargets == 0b01 && found.frameDiffs[0] == 2)
    }

    @Test func aMaskIsPutBehindTheStructure() throws {
        var structure = DependencyStructure()
        let plain = try descriptor(l1t2, &structure)
        var rewriting = DependencyRewriting(frameNumber: 1, templateShift: 3, hasStructure: true)
        rewriting.writesMask = true
        rewriting.mask = 0b01
        rewriting.targetCount = 2
        rewriting.maskBit = UInt16(plain.activeDecodeTargetsBit - 8)
        let found = try descriptor(rewritten(l1t2, rewriting), &structure)
        #expect(found.hasStructure && found.isResolved && structure.activeDecodeTargets == 0b01)
        #expect(structure.widths[0] == 640 && structure.heights[0] == 360 && structure.templateIdOffset == 63)
    }

    @Test func aMaskThatIsThereIsReplaced() throws {
        var structure = DependencyStructure()
        _ = try descriptor(l1t2, &structure)
        var rewriting = DependencyRewriting(frameNumber: 0x1235)
        rewriting.writesMask = true
        rewriting.mask = 0b10
        rewriting.targetCount = 2
        rewriting.maskBit = 29
        rewriting.replacesMask = true
        #expect(rewritten(bytes("fd 1235 42"), rewriting) == bytes("fd 1235 44"))
    }
}
