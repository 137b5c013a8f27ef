import CLoad
import Contract
import Handshake
import Secure
import Wire

/// A full agent's ICE towards one address, and DTLS over it.
extension ClientEngine {
    /// RFC 8445 §14.3 begins with half a second; a load generator on a good network may begin sooner.
    private static var firstWaitNanoseconds: UInt64 { 100_000_000 }
    /// RFC 7675 §5.1: every five seconds, randomised; browsers do it every 2.5.
    private static var consentNanoseconds: UInt64 { 2_500_000_000 }
    /// RFC 7675 §5.1: consent ends 30 seconds after the last answer.
    private static var consentEndNanoseconds: UInt64 { 30_000_000_000 }
    private static var connectNanosecondsMax: UInt64 { 15_000_000_000 }

    /// Sends a connectivity check, which is also the question for consent.
    mutating func check(_ place: Int, now: UInt64) {
        let peer = peers + place
        let silence = now &- peer.pointee.lastAnswerNanoseconds
        if peer.pointee.phase == .connected, silence > Self.consentEndNanoseconds {
            return lose(place, "consent ended: no answer to checks for 30 s")
        }
        if peer.pointee.phase != .connected, now &- peer.pointee.openedNanoseconds > Self.connectNanosecondsMax {
            return lose(
                place,
                peer.pointee.phase == .checking
                    ? "no answer to connectivity checks for 15 s" : "the DTLS handshake took more than 15 s")
        }
        scheduleCheck(peer, now: now)
        sendCheck(place)
    }

    private func scheduleCheck(_ peer: UnsafeMutablePointer<PeerState>, now: UInt64) {
        if peer.pointee.phase == .checking {
            let wait = peer.pointee.checkWaitNanoseconds
            peer.pointee.checkWaitNanoseconds = wait == 0 ? Self.firstWaitNanoseconds : min(wait * 2, 1_600_000_000)
            peer.pointee.nextCheckNanoseconds = now &+ peer.pointee.checkWaitNanoseconds
        } else {
            // Spread by a fifth, or a thousand peers would ask in step.
            let spread = UInt64(peer.pointee.ownSsrc % 1000) * Self.consentNanoseconds / 5000
            peer.pointee.nextCheckNanoseconds = now &+ Self.consentNanoseconds &- spread
        }
    }

    private mutating func sendCheck(_ place: Int) {
        guard let side = sides[place] else { return }
        let id = StunTransactionId(first: cl_random(), last: UInt32(truncatingIfNeeded: cl_random()))
        let username = side.username
        let isControlling = peers[place].isControlling
        let tieBreaker = Stamp.mix(UInt64(peers[place].ownSsrc))
        guard
            var writer = try? StunWriter(
                bindingRequest: id, username: username.span.bytes, priority: 0x6E7F_1EFF, isControlling: isControlling,
                tieBreaker: tieBreaker, useCandidate: isControlling, into: ByteWriter(outgoing))
        else { return }
        finish(&writer, password: side.remotePassword)
        send(peers[place].descriptor, bytes: writer.byteCount)
    }

    private func finish(_ writer: inout StunWriter, password: [UInt8]) {
        let hmac = password.withUnsafeBytes {
            stunIntegrity(
                key: $0.baseAddress!, keyBytes: $0.count, message: outgoing.baseAddress!,
                coveredBytes: writer.byteCount,
                length: UInt16(writer.byteCount + 24 - 20))
        }
        writer.appendIntegrity(hmac)
        writer.appendFingerprint()
    }

    mutating func send(_ descriptor: Int32, bytes: Int, segmentBytes: UInt16 = 0) {
        if cl_send(descriptor, outgoing.baseAddress!, bytes, segmentBytes) != 0 { packets.sendErrors &+= 1 }
    }

    mutating func receiveStun(_ bytes: UnsafeRawBufferPointer, _ place: Int, now: UInt64) {
        guard let side = sides[place], let message = try? StunMessage(parsing: bytes.bytes) else {
            packets.malformed &+= 1
            return
        }
        // RFC 8445 §11: a keepalive may be a Binding indication, which nobody signs and nobody answers.
        if message.messageClass == .indication { return }
        guard message.hasIntegrity else {
            packets.malformed &+= 1
            return
        }
        let isRequest = message.isBindingRequest
        guard verifies(message, bytes, password: isRequest ? side.localPassword : side.remotePassword) else {
            packets.notAuthentic &+= 1
            return
        }
        if isRequest { return answer(message, side, place) }
        switch message.messageClass {
        case .success: isAnswered(place, now: now)
        case .error where message.errorCode == 487: switchRole(place, now: now)
        case .error: lose(place, "the check was refused with STUN error \(message.errorCode)")
        default: break
        }
    }

    /// RFC 8445 §7.2.5.1: the other end insists on the part that this end took.
    private mutating func switchRole(_ place: Int, now: UInt64) {
        peers[place].isControlling.toggle()
        check(place, now: now)
    }

    private func verifies(_ message: StunMessage, _ bytes: UnsafeRawBufferPointer, password: [UInt8]) -> Bool {
        var hmac = password.withUnsafeBytes {
            stunIntegrity(
                key: $0.baseAddress!, keyBytes: $0.count, message: bytes.baseAddress!,
                coveredBytes: message.integrityCoveredLength, length: message.integrityLengthField)
        }
        return isEqualInConstantTime(&hmac, bytes.baseAddress! + message.integrityHmacOffset, byteCount: 20)
    }

    /// A full agent on the other side checks too.
    private mutating func answer(_ message: StunMessage, _ side: PeerSide, _ place: Int) {
        var address = side.plan.address
        let mapped = withUnsafeBytes(of: &address) {
            StunAddress(
                high: $0.loadUnaligned(as: UInt64.self), low: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                port: side.plan.port)
        }
        guard
            var writer = try? StunWriter(
                bindingSuccessTo: message.transactionId, mappedAddress: mapped, into: ByteWriter(outgoing))
        else { return }
        finish(&writer, password: side.localPassword)
        send(peers[place].descriptor, bytes: writer.byteCount)
    }

    private mutating func isAnswered(_ place: Int, now: UInt64) {
        let peer = peers + place
        peer.pointee.lastAnswerNanoseconds = now
        guard peer.pointee.phase == .checking, let side = sides[place] else { return }
        peer.pointee.phase = .handshaking
        scheduleCheck(peer, now: now)
        side.endpoint.start(now: now)
        settleHandshake(place, now: now)
    }
}

extension ClientEngine {
    mutating func receiveDtls(_ bytes: UnsafeRawBufferPointer, _ place: Int, now: UInt64) {
        guard let side = sides[place] else { return }
        side.endpoint.receive(bytes, now: now)
        settleHandshake(place, now: now)
    }

    /// Sends what the handshake wants to send, and notes how it ended.
    mutating func settleHandshake(_ place: Int, now: UInt64) {
        guard let side = sides[place] else { return }
        let peer = peers + place
        sendDatagrams(of: side.endpoint, by: peer.pointee.descriptor)
        switch side.endpoint.state {
        case .handshaking: break
        case .lost(let loss): lose(place, Self.text(of: loss))
        case .established:
            guard peer.pointee.phase == .handshaking, let keys = side.endpoint.keys, let pair = peer.pointee.keys else {
                return
            }
            pair.sealing.install(keys, by: &cipher)
            pair.opening.install(keys, by: &cipher)
            connected(place, now: now)
        }
    }

    private static func text(of loss: PeerLoss) -> String {
        switch loss {
        case .fingerprintMismatch: "the SFU's certificate has another fingerprint than its answer says"
        case .handshakeFailed: "the DTLS handshake failed"
        default: "the SFU closed the connection"
        }
    }

    private mutating func connected(_ place: Int, now: UInt64) {
        let peer = peers + place
        peer.pointee.phase = .connected
        if peer.pointee.isLight { beginCounting(peer) }
        connecting -= 1
        peer.pointee.nextReportNanoseconds = now &+ UInt64(peer.pointee.ownSsrc % 1000) * 1_000_000
        for number in peer.pointee.publishers { publishers[number].begin(now: now) }
        link.tell(.connected(peer.pointee.id, nanoseconds: now &- peer.pointee.openedNanoseconds))
    }

    func sendDatagrams(of endpoint: DtlsEndpoint, by descriptor: Int32) {
        while let datagram = endpoint.nextDatagram() {
            _ = datagram.withUnsafeBytes { cl_send(descriptor, $0.baseAddress!, $0.count, 0) }
        }
    }
}
