import Contract

/// What to do with one m-line of a client's offer.
public enum AnswerSlot: Sendable {
    /// Take what the client sends.
    case receive
    case send(OutgoingStream)
    /// Keep the m-line, let nothing flow.
    case inactive
    /// Data channels.
    case data
    /// Port 0.
    case reject
}

/// The answer to a `ClientOffer`, and what it settles.
public struct ServerAnswer: Sendable {
    public var text: String
    /// Payload types and extension ids of the sections that were accepted.
    public var media: MediaMap
    /// One for each m-line, in order.
    public var sections: [NegotiatedSection]
}

extension ClientOffer {
    /// WHIP (RFC 9725): take every section in which the client sends; leave the others.
    public var publishSlots: [AnswerSlot] {
        sections.map { $0.isUsable && $0.direction.sends ? .receive : $0.emptySlot }
    }

    /// The client's SCTP port when it offers data channels.
    public var sctpPort: UInt16? { sections.lazy.compactMap(\.sctpPort).first }

    /// WHEP: the places in `sections` where the server may send, in order.
    public var subscribableSections: [Int] {
        sections.indices.filter { sections[$0].isUsable && sections[$0].direction.receives }
    }

    /// WHEP: `streams` are for `subscribableSections`, in that order; nil leaves a section inactive, as does a list
    /// that is too short.
    public func subscribeSlots(_ streams: [OutgoingStream?]) -> [AnswerSlot] {
        var slots = sections.map(\.emptySlot)
        for (place, stream) in zip(subscribableSections, streams) {
            if let stream { slots[place] = .send(stream) }
        }
        return slots
    }

    /// Writes the answer; the server is ICE-lite and the passive side of DTLS. The client's payload types and extension
    /// ids are kept (RFC 8829 §5.3.1). Sections that are not usable are rejected whatever their slot says.
    ///
    /// - Parameter slots: one for each of `sections`.
    /// - Throws: `invalidArgument` when there are not as many slots as sections, when a slot sends where the client does
    ///   not receive or receives where it does not send, or for names that SDP cannot hold; `nothingAccepted`.
    public func answer(
        origin: SessionOrigin, local: LocalTransport, slots: [AnswerSlot]
    ) throws(SdpError) -> ServerAnswer {
        try local.check()
        guard slots.count == sections.count else {
            throw SdpError(
                .invalidArgument, found: "\(slots.count) slots",
                expected: "\(sections.count) slots, one for each section")
        }
        let plans = zip(sections, slots).map { SectionPlan(section: $0, slot: $1) }
        for plan in plans { try plan.check() }
        let bundle = plans.filter(\.isAccepted).map(\.section.mid)
        guard let first = bundle.first else { throw SdpError(.nothingAccepted, expected: "a section to accept") }
        var writer = SdpWriter()
        writer.session(origin, bundle: bundle)
        for plan in plans { writer.answer(plan, local: local, withAddresses: plan.section.mid == first) }
        return ServerAnswer(text: writer.text, media: try map(of: plans), sections: plans.map(\.negotiated))
    }

    private func map(of plans: [SectionPlan]) throws(SdpError) -> MediaMap {
        var builder = MediaMapBuilder()
        for plan in plans where plan.isAccepted {
            guard let kind = plan.section.kind else { continue }
            try builder.add(
                codecs: plan.section.offeredCodecs, extensions: plan.extensions.map(\.offered), kind: kind,
                direction: plan.direction.reversed, line: 0)
            if let fec = plan.fec { try builder.add(fec: fec.payloadType, line: 0) }
        }
        return builder.finish()
    }
}

/// A section with what we do about it.
struct SectionPlan {
    let section: ClientSection
    let slot: AnswerSlot

    var isAccepted: Bool {
        switch slot {
        case .reject: false
        case .data: section.sctpPort != nil
        default: section.isUsable
        }
    }

    /// FlexFEC, when the client offers it and what is sent to it has a stream for that.
    var fec: PayloadFormat? {
        if case .send(let stream) = slot, stream.fecSsrc != 0 { section.offeredFec } else { nil }
    }

    /// Ours.
    var direction: Direction {
        switch slot {
        case .receive: .recvonly
        case .send: .sendonly
        case .inactive, .reject, .data: .inactive
        }
    }

    /// Extensions to accept with the direction to answer, nil where the offer stated none.
    ///
    /// RFC 8285 §7: the answer to sendonly is recvonly and the other way round. One that could only flow against the
    /// section is of no use and left out.
    var extensions: [(offered: SectionExtension, direction: Direction?)] {
        section.extensions.compactMap { entry in
            guard let offered = entry.direction else { return (entry, nil) }
            let answered = offered.reversed
            return answered == direction || answered == .sendrecv ? (entry, answered) : nil
        }
    }

    var negotiated: NegotiatedSection {
        guard isAccepted else { return .rejected(mid: section.mid, kind: section.kind) }
        let receives = direction.receives
        return NegotiatedSection(
            mid: section.mid, kind: section.kind, isAccepted: true, direction: direction.reversed,
            codecs: section.codecs,
            layers: receives ? section.layers : [], streamID: receives ? section.streamID : "",
            trackID: receives ? section.trackID : "")
    }

    func check() throws(SdpError) {
        guard isAccepted else { return }
        if case .send(let stream) = slot { try stream.check() }
        guard direction.intersection(section.direction.reversed) == direction else {
            throw SdpError(
                .invalidArgument, found: "\(direction.rawValue) to \(section.direction.rawValue)",
                expected: "a direction that the offer allows for mid \(section.mid)")
        }
    }
}

extension ClientSection {
    /// What becomes of a section in which no media flows.
    fileprivate var emptySlot: AnswerSlot { sctpPort != nil ? .data : isUsable ? .inactive : .reject }
}
