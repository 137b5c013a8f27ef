import Contract

/// The first byte chooses the codec, the rest is a payload. Every other value is a run of dependency descriptors, each
/// behind a byte with its length, that share one structure.
public func fuzzCodecDescriptors(_ input: UnsafeRawBufferPointer) {
    guard let first = unsafe input.first else { return }
    let payload = RtpPayload(offset: 1, length: input.count - 1)
    if let codec = Codec(rawValue: first), codec != .none {
        unsafe readPayload(codec, payload, input)
    } else {
        unsafe readDescriptors(input)
    }
}

private func readPayload(_ codec: Codec, _ payload: RtpPayload, _ input: UnsafeRawBufferPointer) {
    let facts = unsafe PayloadFacts(codec: codec, payload: payload, in: input.bytes)
    precondition(facts.isValid || !facts.isKeyframeStart && !facts.beginsFrame)
    // H.264 and AV1 may begin a sequence with something that does not look like a frame's first packet.
    if codec == .vp8 || codec == .vp9 { precondition(!facts.isKeyframeStart || facts.beginsFrame) }
    if codec == .vp8, let found = try? unsafe Vp8Descriptor(parsing: input.bytes, payload: payload) {
        precondition(found.dataOffset < input.count && found.pictureId <= 0x7FFF)
    }
    if codec == .vp9, let found = try? unsafe Vp9Descriptor(parsing: input.bytes, payload: payload) {
        precondition(found.dataOffset < input.count && found.referenceCount <= 3)
    }
}

private func readDescriptors(_ input: UnsafeRawBufferPointer) {
    var structure = DependencyStructure()
    var offset = 1
    while offset < min(input.count, Int(UInt16.max)) {
        let length = unsafe min(input[offset], UInt8(clamping: input.count - offset - 1))
        let value = ExtensionValue(offset: UInt16(offset + 1), length: length)
        let before = structure
        if let found = try? unsafe DependencyDescriptor(parsing: input.bytes, value: value, structure: &structure) {
            if found.isResolved { unsafe rewrite(found, value, input, before: before, after: structure) }
            precondition(!found.isResolved || structure.isValid)
            precondition(found.spatialId < 4 && found.temporalId < 8)
        }
        precondition(!structure.isValid || structure.chainCount <= structure.decodeTargetCount)
        offset += 1 + Int(length)
    }
}

/// With another frame number, other template ids and a mask it must say the same otherwise.
private func rewrite(
    _ found: DependencyDescriptor, _ value: ExtensionValue, _ input: UnsafeRawBufferPointer,
    before: DependencyStructure, after: DependencyStructure
) {
    guard value.length < 240 else { return }
    var rewriting = DependencyRewriting(
        frameNumber: found.frameNumber &+ 9, templateShift: UInt8(value.offset & 63), hasStructure: found.hasStructure)
    rewriting.writesMask = true
    rewriting.mask = 0x5A5A_5A5A & (UInt32.max >> UInt32(32 - after.decodeTargetCount))
    rewriting.targetCount = UInt8(after.decodeTargetCount)
    rewriting.replacesMask = found.hasActiveDecodeTargets
    if found.activeDecodeTargetsBit > 0 {
        rewriting.maskBit = UInt16(found.activeDecodeTargetsBit - 8 * Int(value.offset))
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 1)
    defer { unsafe memory.deallocate() }
    let source = unsafe input.baseAddress! + Int(value.offset)
    let count = unsafe rewriting.write(source, length: Int(value.length), to: memory.baseAddress! + 1)
    precondition(count == rewriting.byteCount(of: Int(value.length)))
    var structure = before
    structure.templateIdOffset = (structure.templateIdOffset &+ rewriting.templateShift) & 63
    let place = ExtensionValue(offset: 1, length: UInt8(count))
    guard
        let again = try? unsafe DependencyDescriptor(
            parsing: UnsafeRawBufferPointer(memory).bytes, value: place, structure: &structure)
    else { preconditionFailure() }
    precondition(again.isResolved && again.frameNumber == rewriting.frameNumber && again.hasActiveDecodeTargets)
    precondition(structure.activeDecodeTargets == rewriting.mask && again.hasStructure == found.hasStructure)
    precondition(again.startsFrame == found.startsFrame && again.endsFrame == found.endsFrame)
    precondition(again.templateId == (found.templateId &+ rewriting.templateShift) & 63)
    precondition(again.spatialId == found.spatialId && again.temporalId == found.temporalId)
    precondition(again.indications == found.indications && again.frameDiffCount == found.frameDiffCount)
    for place in 0..<Int(found.frameDiffCount) { precondition(again.frameDiffs[place] == found.frameDiffs[place]) }
    for chain in 0..<after.chainCount { precondition(again.chainDiffs[chain] == found.chainDiffs[chain]) }
}
