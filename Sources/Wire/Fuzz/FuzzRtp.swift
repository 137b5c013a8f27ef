import Contract

/// Any bytes as an RTP packet, its payload as RTX, RED and FlexFEC; the fixed header must come back as written.
public func fuzzRtp(_ input: UnsafeRawBufferPointer) {
    do throws(WireError) {
        let header = try unsafe RtpHeader(parsing: input.bytes)
        precondition(header.headerLength <= input.count)
        try writeAgain(header)
        let payload = try unsafe RtpPayload(of: header, in: input.bytes)
        precondition(payload.offset + payload.length + payload.paddingLength == input.count)
        _ = unsafe Rtx.originalSequence(payload, in: input.bytes)
        unsafe readParity(payload, input)
        try unsafe walkRed(payload, input)
    } catch {}
}

/// Its header must come back as written: where a mask could be shorter, it is.
private func readParity(_ payload: RtpPayload, _ input: UnsafeRawBufferPointer) {
    guard let header = try? unsafe FlexFecHeader(parsing: input.bytes, payload: payload) else { return }
    precondition(header.bodyOffset + header.bodyLength == payload.offset + payload.length)
    try? unsafe FuzzSupport.write(32) { (writer) throws(WireError) in
        try header.write(to: &writer)
    } then: { packet in
        let place = RtpPayload(offset: 0, length: packet.count)
        guard let again = try? unsafe FlexFecHeader(parsing: packet.bytes, payload: place) else {
            preconditionFailure()
        }
        precondition(again.mask == header.mask && again.base == header.base && again.ssrc == header.ssrc)
        precondition(again.bodyLength == 0 && again.bodyOffset <= header.bodyOffset - payload.offset)
    }
}

private func writeAgain(_ header: RtpHeader) throws(WireError) {
    var plain = header
    plain.hasExtension = false
    try unsafe FuzzSupport.write(12) { (writer) throws(WireError) in
        try plain.write(to: &writer)
    } then: { packet in
        guard let again = try? unsafe RtpHeader(parsing: packet.bytes) else { preconditionFailure() }
        precondition(again.marker == header.marker && again.payloadType == header.payloadType)
        precondition(again.sequenceNumber == header.sequenceNumber && again.timestamp == header.timestamp)
        precondition(again.ssrc == header.ssrc && again.hasPadding == header.hasPadding)
    }
}

private func walkRed(_ payload: RtpPayload, _ input: UnsafeRawBufferPointer) throws(WireError) {
    var blocks = try unsafe RedBlocks(parsing: input.bytes, payload: payload)
    var count = 0
    var end = 0
    while let block = unsafe blocks.next(in: input.bytes) {
        count += 1
        precondition(block.offset >= end && block.isPrimary == (count == blocks.count))
        end = block.offset + block.length
    }
    precondition(count == blocks.count && end == payload.offset + payload.length)
}

/// Any bytes as an RTP packet with extensions: what is found must come back from both forms that can carry it.
public func fuzzHeaderExtensions(_ input: UnsafeRawBufferPointer) {
    do throws(WireError) {
        let header = try unsafe RtpHeader(parsing: input.bytes)
        let found = try unsafe HeaderExtensions(parsing: input.bytes, header: header, map: FuzzSupport.map())
        unsafe readValues(found, input)
        try unsafe copyValues(found, input, twoByteForm: true)
        let fitsOneByteForm = HeaderExtension.allCases.allSatisfy { kind in
            let value = found.value(kind)
            return !value.isPresent || value.length >= 1 && value.length <= 16
        }
        if fitsOneByteForm { try unsafe copyValues(found, input, twoByteForm: false) }
    } catch {}
}

private func readValues(_ found: HeaderExtensions, _ input: UnsafeRawBufferPointer) {
    _ = unsafe found.audioLevel(in: input.bytes)
    _ = unsafe found.absSendTime(in: input.bytes)
    _ = unsafe found.transportSequence(in: input.bytes)
    _ = unsafe found.videoOrientation(in: input.bytes)
    for kind in [HeaderExtension.mid, .rid, .repairedRid] where found.has(kind) && found.value(kind).length <= 16 {
        let name = unsafe found.name(kind, in: input.bytes)
        precondition(unsafe found.matches(kind, name, in: input.bytes))
    }
    var structure = DependencyStructure()
    let value = found.value(.dependencyDescriptor)
    _ = try? unsafe DependencyDescriptor(parsing: input.bytes, value: value, structure: &structure)
}

private func copyValues(
    _ found: HeaderExtensions, _ input: UnsafeRawBufferPointer, twoByteForm: Bool
) throws(WireError) {
    try unsafe FuzzSupport.write(4096) { (writer) throws(WireError) in
        try RtpHeader(payloadType: 1, sequenceNumber: 2, timestamp: 3, ssrc: 4, hasExtension: true).write(to: &writer)
        let block = try ExtensionWriter(begin: &writer, twoByteForm: twoByteForm)
        for kind in HeaderExtension.allCases where found.has(kind) {
            let value = found.value(kind)
            try unsafe block.put(
                kind.rawValue + 1, from: input.bytes, offset: Int(value.offset), length: Int(value.length), to: &writer)
        }
        try block.finish(&writer)
    } then: { packet in
        guard let header = try? unsafe RtpHeader(parsing: packet.bytes), header.headerLength == packet.count,
            let again = try? unsafe HeaderExtensions(parsing: packet.bytes, header: header, map: FuzzSupport.map())
        else { preconditionFailure() }
        for kind in HeaderExtension.allCases {
            let (old, new) = (found.value(kind), again.value(kind))
            precondition(old.isPresent == new.isPresent && old.length == new.length)
            for index in 0..<Int(old.length) {
                unsafe precondition(input[Int(old.offset) + index] == packet[Int(new.offset) + index])
            }
        }
    }
}
