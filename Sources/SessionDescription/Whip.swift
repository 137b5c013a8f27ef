/// WHIP (RFC 9725) in one step, for a caller who need not know the sections before it answers: everything that the client
/// sends and that we know is accepted.
public func whipAnswer(
    offer text: String, origin: SessionOrigin, local: LocalTransport
) throws(SdpError) -> (offer: ClientOffer, answer: ServerAnswer) {
    let offer = try ClientOffer(reading: text)
    guard offer.sections.contains(where: { $0.isUsable && $0.direction.sends }) else {
        throw SdpError(.nothingAccepted, expected: "a section in which the client sends audio or video")
    }
    return (offer, try offer.answer(origin: origin, local: local, slots: offer.publishSlots))
}

/// WHEP in its second step: `streams` are for `offer.subscribableSections`, in that order; nil leaves a section inactive.
public func whepAnswer(
    offer: ClientOffer, origin: SessionOrigin, local: LocalTransport, streams: [OutgoingStream?]
) throws(SdpError) -> ServerAnswer {
    try offer.answer(origin: origin, local: local, slots: offer.subscribeSlots(streams))
}
