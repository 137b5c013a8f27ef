import Contract
import Foundation
import Memory
import Protocol
import SessionDescription

/// Transports: made, connected, closed.
extension Remote {
    func createWebRtcTransport(_ request: RpcCreateWebRtcTransportRequest) throws(RemoteFault) -> RpcWebRtcTransport {
        let session = try enter(request.room, request.name, isMember: request.member, .webRtc)
        let local = announcement.transport(session.peer.ice)
        var transport = RpcWebRtcTransport()
        transport.transportID = session.peer.id
        transport.room = session.peer.room.name
        transport.iceParameters = RpcIceParameters(local.ice)
        transport.iceCandidates = local.addresses.enumerated().flatMap { RpcIceCandidate.all($1, index: $0) }
        transport.dtlsParameters.fingerprint = local.fingerprint.text
        return transport
    }

    func createPlainTransport(_ request: RpcCreatePlainTransportRequest) throws(RemoteFault) -> RpcPlainTransport {
        let secret = request.suite.profile.map { SrtpSecret.random($0) }
        // A suite that is not known must not come to mean none.
        guard secret != nil || request.suite == .unspecified else { throw .invalid("this suite is not supported") }
        let session = try enter(request.room, request.name, isMember: request.member, .plain(secret))
        var transport = RpcPlainTransport()
        transport.transportID = session.peer.id
        transport.room = session.peer.room.name
        transport.addresses = announcement.addresses.map(\.ip)
        transport.port = UInt32(announcement.addresses.first?.port ?? 0)
        if let secret {
            transport.srtpParameters.suite = request.suite
            transport.srtpParameters.key = Data(secret.bytes)
        }
        return transport
    }

    private func enter(
        _ room: String, _ name: String, isMember: Bool, _ kind: TransportPeer.Kind
    ) throws(RemoteFault) -> TransportPeer {
        try checkRoom(room)
        let name = try peerName(name, or: "transport")
        let peer = try refusing { () throws(RegistryError) in
            try registry.enter(room: room, as: name, interest: .byHand, isMember: isMember)
        }
        let session = TransportPeer(peer, kind, remote: self)
        add(session)
        return session
    }

    // MARK: connecting

    func connectWebRtcTransport(
        _ request: RpcConnectWebRtcTransportRequest
    ) throws(RemoteFault) -> RpcConnectWebRtcTransportResponse {
        let session = try transport(request.transportID, in: request.room)
        guard case .webRtc = session.kind else { throw .wrongState("WRONG_KIND", "this is a plain transport") }
        try checkNotConnected(session)
        guard let fingerprint = Fingerprint(request.dtlsParameters.fingerprint) else {
            throw .invalid("the fingerprint is \"sha-256\" and 32 bytes in hexadecimal with colons")
        }
        try Self.checkUfrag(request.iceUfrag)
        try refusing { () throws(RegistryError) in
            try registry.open(
                session.peer, remoteUfrag: request.iceUfrag, fingerprint: fingerprint.sha256, media: session.media.map)
        }
        opened(session)
        return RpcConnectWebRtcTransportResponse()
    }

    func connectPlainTransport(
        _ request: RpcConnectPlainTransportRequest
    ) throws(RemoteFault) -> RpcConnectPlainTransportResponse {
        let session = try transport(request.transportID, in: request.room)
        guard case .plain(let secret) = session.kind else {
            throw .wrongState("WRONG_KIND", "this is no plain transport")
        }
        try checkNotConnected(session)
        guard let bytes = Self.addressBytes(request.address) else { throw .invalid("address is to be an IP address") }
        guard let port = UInt16(exactly: request.port), port > 0, let rtcpPort = UInt16(exactly: request.rtcpPort)
        else {
            throw .invalid("a port is 1...65535, and rtcp_port may be 0")
        }
        let keys = try Self.keys(secret, request.srtpParameters)
        let endpoint = bytes.withUnsafeBytes { Endpoint(address: $0.baseAddress!, port: port) }
        let connection = PlainConnection(
            addressHigh: endpoint.high, addressLow: endpoint.low, port: port, rtcpPort: rtcpPort, keys: keys)
        try refusing { () throws(RegistryError) in
            try registry.openPlain(session.peer, connection, media: session.media.map)
        }
        opened(session)
        return RpcConnectPlainTransportResponse()
    }

    private func checkNotConnected(_ session: TransportPeer) throws(RemoteFault) {
        guard session.peer.state == .reserved else {
            throw .wrongState("ALREADY_CONNECTED", "the transport is connected already")
        }
    }

    private static func checkUfrag(_ ufrag: String) throws(RemoteFault) {
        guard ufrag.utf8.count <= 256 else { throw .invalid("a ufrag has 256 characters at most") }
    }

    private func opened(_ session: TransportPeer) {
        for consumer in session.peer.consumers { registry.openConsumer(consumer) }
    }

    func restartTransportIce(_ request: RpcRestartTransportIceRequest) throws(RemoteFault) -> RpcIceParameters {
        let session = try transport(request.transportID, in: request.room)
        guard case .webRtc = session.kind else { throw .wrongState("WRONG_KIND", "this is a plain transport") }
        guard session.peer.state == .open else { throw .wrongState("NOT_CONNECTED", "connect the transport first") }
        try Self.checkUfrag(request.iceUfrag)
        let peer = session.peer
        try refusing { () throws(RegistryError) in
            try registry.restartIce(peer, LocalCredentials(peer.handle), remoteUfrag: request.iceUfrag)
        }
        return RpcIceParameters(announcement.transport(peer.ice).ice)
    }

    func closeTransport(_ request: RpcCloseTransportRequest) throws(RemoteFault) -> RpcCloseTransportResponse {
        registry.remove(try transport(request.transportID, in: request.room).peer, because: "closed")
        return RpcCloseTransportResponse()
    }

    // MARK: addresses and keys

    /// 16 bytes in network order, IPv4 as ::ffff:a.b.c.d.
    static func addressBytes(_ text: String) -> [UInt8]? {
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
        var four = in_addr()
        guard inet_pton(AF_INET, text, &four) == 1 else { return nil }
        return [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + withUnsafeBytes(of: four) { Array($0) }
    }

    private static func keys(_ secret: SrtpSecret?, _ theirs: RpcSrtpParameters) throws(RemoteFault) -> SrtpKeys? {
        guard let secret else {
            guard theirs.suite == .unspecified, theirs.key.isEmpty else {
                throw .invalid("the transport was created without SRTP")
            }
            return nil
        }
        guard theirs.suite.profile == secret.profile, let other = SrtpSecret(secret.profile, Array(theirs.key)) else {
            throw .invalid(
                "srtp_parameters of the transport's suite are needed, with a key and salt of "
                    + "\(secret.profile.keyBytes) and \(secret.profile.saltBytes) bytes")
        }
        // One key stream for both directions would encrypt two texts with the same bytes.
        guard other.bytes != secret.bytes else { throw .invalid("both ends have the same key") }
        return SrtpKeys(
            profile: secret.profile, receiveKey: other.key, receiveSalt: other.salt, sendKey: secret.key,
            sendSalt: secret.salt)
    }
}

extension RpcSrtpSuite {
    /// Nil for plain RTP, and for what is not known.
    var profile: SrtpProfile? {
        switch self {
        case .aesCm128HmacSha180: .aes128CmSha1
        case .aeadAes128Gcm: .aes128Gcm
        case .aeadAes256Gcm: .aes256Gcm
        case .unspecified, .UNRECOGNIZED: nil
        }
    }
}

extension RpcIceParameters {
    init(_ ice: SessionDescription.IceParameters) {
        self.init()
        ufrag = ice.ufrag
        password = ice.password
        lite = true
    }
}

extension RpcIceCandidate {
    static func all(_ address: HostAddress, index: Int) -> [RpcIceCandidate] {
        var candidates = [RpcIceCandidate(SessionDescription.IceCandidate(host: address, index: index))]
        if address.takesTcp {
            candidates.append(RpcIceCandidate(SessionDescription.IceCandidate(tcpHost: address, index: index)))
        }
        return candidates
    }

    private init(_ candidate: SessionDescription.IceCandidate) {
        self.init()
        address = candidate.address
        port = UInt32(candidate.port)
        `protocol` = candidate.transport
        foundation = candidate.foundation
        priority = candidate.priority
    }
}
