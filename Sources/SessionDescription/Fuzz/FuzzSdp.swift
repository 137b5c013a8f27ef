/// A fuzz body: bytes that a stranger sent us as a description, a fragment or an answer.
///
/// Whatever parses must come out of its own text unchanged; nothing may crash.
public func fuzzSdp(_ bytes: UnsafeRawBufferPointer) {
    // SAFETY: copied at once; the buffer belongs to the caller for the length of this call.
    let text = unsafe String(decoding: bytes, as: UTF8.self)
    if let description = try? Sdp(parsing: text) { checkRoundTrip(description) }
    _ = try? IceFragment(parsing: text)
    _ = IceCandidate(text)
    _ = try? fuzzOffer.readAnswer(text)
    if let offer = try? ClientOffer(reading: text) { checkAnswers(offer) }
}

// Line ends grow from LF to CRLF, so that the text may be twice as long.
private func checkRoundTrip(_ description: Sdp) {
    let limits = SdpLimits(textBytesMax: 2 * SdpLimits.standard.textBytesMax)
    guard let again = try? Sdp(parsing: description.text, limits: limits) else {
        preconditionFailure("a description does not parse again: \(description.text)")
    }
    precondition(again == description, "a description changed: \(description.text)")
}

/// Our own answers must parse, with as many sections as the offer.
private func checkAnswers(_ offer: ClientOffer) {
    let stream = OutgoingStream(streamID: "s", trackID: "t", cname: "c", ssrc: 2, rtxSsrc: 3)
    let streams = [OutgoingStream?](repeating: stream, count: offer.sections.count)
    for slots in [offer.publishSlots, offer.subscribeSlots(streams)] {
        guard let answer = try? offer.answer(origin: .init(id: 1, version: 1), local: fuzzLocal, slots: slots) else {
            preconditionFailure("an offer that was read cannot be answered")
        }
        let limits = SdpLimits(textBytesMax: .max, attributesMax: .max)
        let read = try? Sdp(parsing: answer.text, limits: limits)
        precondition(read?.sections.count == offer.sections.count, "an answer does not match its offer: \(answer.text)")
    }
}

private let fuzzLocal = LocalTransport(
    ice: IceParameters(ufrag: "00000000fuzz", password: "0123456789abcdefghijkl"),
    fingerprint: Fingerprint(sha256: [UInt8](repeating: 0xAB, count: 32))!,
    addresses: [HostAddress(ip: "192.0.2.1", port: 7000)])

/// Matches the answers among the seeds: one audio and one video section with simulcast.
private let fuzzOffer: ServerOffer = {
    let sections: [OfferedSection] = [
        .receive(mid: "0", kind: .audio, rids: []), .receive(mid: "1", kind: .video, rids: ["q", "h", "f"]),
    ]
    guard let offer = try? ServerOffer(origin: .init(id: 1, version: 1), local: fuzzLocal, sections: sections) else {
        preconditionFailure("the offer is valid")
    }
    return offer
}()
