import Contract
import Protocol
import SessionDescription

/// Sessions by SDP, in either direction.
extension Remote {
    func join(_ request: RpcJoinRequest) throws(RemoteFault) -> RpcJoinResponse {
        try checkRoom(request.room)
        let name = try peerName(request.name, or: "peer")
        guard max(request.audioSlots, request.videoSlots) <= UInt32(SlotsMax.limit) else {
            throw .invalid("at most \(SlotsMax.limit) slots of a kind")
        }
        let offer =
            request.offer.isEmpty
            ? nil : try reading { () throws(SdpError) in try ClientOffer(reading: request.offer) }
        let interest: Interest = request.receive == .nobody ? .nobody : .everybody
        let peer = try refusing { () throws(RegistryError) in
            try registry.enter(room: request.room, as: name, interest: interest, isMember: !request.hidden)
        }
        let session = SdpPeer(peer, remote: self)
        add(session)
        do throws(RemoteFault) {
            if let offer { return try answer(offer, session) }
            SlotWish(audio: request.audioSlots, video: request.videoSlots).apply(to: peer)
            return try offering(session, hasChannels: request.dataChannels)
        } catch {
            registry.remove(peer, because: "refused")
            throw error
        }
    }

    // MARK: the client offers

    private func answer(_ offer: ClientOffer, _ session: SdpPeer) throws(RemoteFault) -> RpcJoinResponse {
        let peer = session.peer
        var slots = offer.publishSlots
        for (place, section) in offer.sections.enumerated() where section.isUsable && !section.direction.sends {
            guard section.direction.receives, peer.interest != .nobody, let kind = section.kind else { continue }
            let consumer = try refusing { () throws(RegistryError) in
                try registry.reserveConsumer(peer, kind: kind, mid: section.mid)
            }
            slots[place] = .send(
                OutgoingStream(consumer, stream: "\(peer.id)-\(section.mid)", withFec: registry.offersFec))
        }
        let answer = try reading { () throws(SdpError) in
            try offer.answer(origin: .random(), local: announcement.transport(peer.ice), slots: slots)
        }
        try refusing { () throws(RegistryError) in
            try registry.open(
                peer, remoteUfrag: offer.remote.ice.ufrag, fingerprint: offer.remote.fingerprint.sha256,
                media: answer.media, sctpPort: offer.sctpPort)
            try registry.publishSections(of: answer, for: peer)
        }
        let accepted = answer.sections.filter(\.isAccepted)
        session.accepted = (accepted.first?.kind == .video ? "video" : "audio", accepted.map(\.mid))
        for consumer in peer.consumers { registry.openConsumer(consumer) }
        registry.distribute(to: peer)
        registry.fillSlots(of: peer)
        var response = RpcJoinResponse()
        response.peerID = peer.id
        response.answer = answer.text
        return response
    }

    // MARK: the server offers

    private func offering(_ session: SdpPeer, hasChannels: Bool) throws(RemoteFault) -> RpcJoinResponse {
        session.beginOffering(hasChannels: hasChannels)
        guard let offer = session.offer else {
            throw RemoteFault(kind: .unavailable, code: "BUSY", message: "no offer could be made; try again")
        }
        var response = RpcJoinResponse()
        response.peerID = session.peer.id
        response.offer = offer.sdp
        response.offerVersion = offer.version
        return response
    }

    func answer(_ request: RpcAnswerRequest) throws(RemoteFault) -> RpcAnswerResponse {
        let session = try sdpPeer(request.peerID, in: request.room)
        guard let media = session.media, media.openVersion == request.offerVersion else {
            throw .wrongState("NO_OFFER", "there is no open offer of this version")
        }
        do throws(RefusalError) {
            try media.take(answer: request.answer, version: request.offerVersion)
            for source in [MediaSource.microphone, .camera, .screen] {
                try media.publish(source, isOn: request.publish.contains(RpcSource(source)), isMuted: false)
            }
        } catch {
            throw error.fault
        }
        return RpcAnswerResponse()
    }

    // MARK: ICE

    func restartIce(_ request: RpcRestartIceRequest) throws(RemoteFault) -> RpcRestartIceResponse {
        let session = try sdpPeer(request.peerID, in: request.room)
        var response = RpcRestartIceResponse()
        if let media = session.media {
            media.restartIce()
        } else {
            response.fragment = try restart(session, request.fragment)
        }
        return response
    }

    private func restart(_ session: SdpPeer, _ text: String) throws(RemoteFault) -> String {
        let fragment = try reading { () throws(SdpError) in try IceFragment(parsing: text) }
        guard let ice = fragment.ice, let accepted = session.accepted else {
            throw .invalid("the fragment names no new ufrag and password", code: "SDP_REFUSED")
        }
        let peer = session.peer
        try refusing { () throws(RegistryError) in
            try registry.restartIce(peer, peer.ice.renewed(peer.handle), remoteUfrag: ice.ufrag)
        }
        let local = announcement.transport(peer.ice)
        return try reading { () throws(SdpError) in
            try IceFragment.restartAnswer(local: local, media: accepted.media, mids: accepted.mids)
        }
    }
}

extension RefusalError {
    fileprivate var fault: RemoteFault {
        switch code {
        case .roomFull: RemoteFault(kind: .resourceExhausted, code: "ROOM_FULL", message: message)
        case .invalidMessage: .invalid(message, code: "SDP_REFUSED")
        default: RemoteFault(kind: .unavailable, code: "BUSY", message: message)
        }
    }
}
