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
        if let found = try? unsafe DependencyDescriptor(parsing: input.bytes, value: value, structure: &structure) {
            precondition(!found.isResolved || structure.isValid)
            precondition(found.spatialId < 4 && found.temporalId < 8)
        }
        precondition(!structure.isValid || structure.chainCount <= structure.decodeTargetCount)
        offset += 1 + Int(length)
    }
}
