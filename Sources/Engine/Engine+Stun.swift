import Contract
import Forward
import Memory
import Peer
import Secure
import Wire

/// Connectivity checks: the only packets that an unknown address may send.
extension Engine {
    mutating func takeStun(_ datagram: Datagram, mayHandOver: Bool, now: UInt64, departures: inout Departures) {
        let message: StunMessage
        do {
            message = try StunMessage(parsing: datagram.buffer.bytes)
        } catch { return drop(.stunMalformed) }
        guard message.isBindingRequest else { return drop(.stunNotARequest) }
        // RFC 8445 §7.1.1, §7.3: a check carries USERNAME, MESSAGE-INTEGRITY and FINGERPRINT.
        guard message.fingerprintIsValid(in: datagram.buffer.bytes) else {
            return drop(.stunFingerprint)
        }
        guard message.hasUsername,
            let name = UfragPrefix(datagram.bytes + message.usernameOffset, message.usernameLength)
        else { return drop(.stunUnknownUser) }
        guard name.shard == shard else {
            if mayHandOver { handOver(datagram, to: name.shard) } else { drop(.stunUnknownUser) }
            return
        }
        guard let age = credentials(of: name.peer, datagram, message) else { return drop(.stunUnknownUser) }
        guard integrityHolds(datagram, message, peer: name.peer, age: age) else { return drop(.stunIntegrity) }
        report.pointee.stunHandled &+= 1
        noteStun(datagram)
        answer(datagram, message, peer: name.peer, age: age, now: now, departures: &departures)
    }

    /// Which of the peer's credentials USERNAME names; nil when none, or there is no such peer.
    private mutating func credentials(of index: UInt32, _ datagram: Datagram, _ message: StunMessage)
        -> IceCredentialAge?
    {
        guard index < UInt32(limits.peersMax), peers[Int(index)].isOpen else { return nil }
        let name = datagram.bytes + message.usernameOffset
        let peer = peers + Int(index)
        if usernameMatches(name, message.usernameLength, &peer.pointee.credentials) { return .current }
        guard peer.pointee.ice.acceptsPrevious,
            usernameMatches(name, message.usernameLength, &peer.pointee.previousCredentials)
        else { return nil }
        return .previous
    }

    /// RFC 8445 §7.2.2: USERNAME is our ufrag, a colon, their ufrag.
    private func usernameMatches(
        _ name: UnsafeRawPointer, _ length: Int, _ credentials: UnsafePointer<IceCredentials>
    ) -> Bool {
        let local = credentials.pointee.localUfrag.count
        guard length > local, name.load(fromByteOffset: local, as: UInt8.self) == UInt8(ascii: ":") else {
            return false
        }
        for index in 0..<local
        where name.load(fromByteOffset: index, as: UInt8.self) != credentials.pointee.localUfrag.storage[index] {
            return false
        }
        let remote = credentials.pointee.remoteUfrag.count
        if remote == 0 { return true }
        guard length == local + 1 + remote else { return false }
        for index in 0..<remote
        where name.load(fromByteOffset: local + 1 + index, as: UInt8.self)
            != credentials.pointee.remoteUfrag.storage[index]
        {
            return false
        }
        return true
    }

    private func integrityHolds(
        _ datagram: Datagram, _ message: StunMessage, peer: UInt32, age: IceCredentialAge
    ) -> Bool {
        guard message.hasIntegrity else { return false }
        var digest = integrity(
            datagram.bytes, covered: message.integrityCoveredLength, length: message.integrityLengthField, peer: peer,
            age: age)
        return isEqualInConstantTime(&digest, datagram.bytes + message.integrityHmacOffset, byteCount: 20)
    }

    private func integrity(
        _ message: UnsafeRawPointer, covered: Int, length: UInt16, peer: UInt32, age: IceCredentialAge
    ) -> InlineArray<20, UInt8> {
        let state = peers + Int(peer)
        var password =
            age == .current ? state.pointee.credentials.localPassword : state.pointee.previousCredentials.localPassword
        return stunIntegrity(
            key: &password.storage, keyBytes: password.count, message: message, coveredBytes: covered, length: length)
    }

    private mutating func answer(
        _ datagram: Datagram, _ message: StunMessage, peer: UInt32, age: IceCredentialAge, now: UInt64,
        departures: inout Departures
    ) {
        // RFC 8445 §7.3.1.1: a lite agent is controlled; one that says it is controlled too is told so.
        let isConflict = message.isControlled
        if message.firstUnknownRequired == 0 && !isConflict {
            proven(datagram.source, message, peer: peer, age: age, now: now)
        }
        // Without a free cell it stays unanswered, and is asked again.
        guard let cell = departures.takeCell() else { return }
        let memory = UnsafeMutableRawBufferPointer(start: departures.memory(of: cell), count: 256)
        do {
            var writer = try response(datagram, message, isConflict: isConflict, into: memory)
            let hmac = integrity(
                memory.baseAddress!, covered: writer.byteCount, length: UInt16(writer.byteCount + 24 - 20), peer: peer,
                age: age)
            writer.appendIntegrity(hmac)
            writer.appendFingerprint()
            push(cell, bytes: writer.byteCount, to: datagram.source, &departures)
        } catch {
            departures.giveBack(cell: cell)
        }
    }

    private func response(
        _ datagram: Datagram, _ message: StunMessage, isConflict: Bool, into memory: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> StunWriter {
        let writer = ByteWriter(memory)
        if message.firstUnknownRequired != 0 {
            return try StunWriter(
                bindingErrorTo: message.transactionId, code: 420, unknownAttribute: message.firstUnknownRequired,
                into: writer)
        }
        if isConflict {
            return try StunWriter(bindingErrorTo: message.transactionId, code: 487, into: writer)
        }
        let source = datagram.source
        return try StunWriter(
            bindingSuccessTo: message.transactionId,
            mappedAddress: StunAddress(high: source.high, low: source.low, port: source.port), into: writer)
    }

    mutating func push(_ cell: UInt32, bytes: Int, to destination: Endpoint, _ departures: inout Departures) {
        departures.push(
            Run(
                cell: cell, byteCount: UInt32(bytes), segmentBytes: UInt16(bytes), segments: 1,
                destination: destination))
    }

    /// The peer has proved that it receives at `source`.
    private mutating func proven(
        _ source: Endpoint, _ message: StunMessage, peer index: UInt32, age: IceCredentialAge, now: UInt64
    ) {
        let peer = peers + Int(index)
        let outcome = peer.pointee.ice.onAuthenticatedRequest(
            from: AddressKey(source), credentials: age, useCandidate: message.useCandidate, priority: message.priority,
            now: now)
        for place in 0..<Int(outcome.forgottenCount) { forget(Endpoint(outcome.forgotten[place]), of: index) }
        if outcome.isNewAddress { learn(source, of: index) }
        if outcome.restartCompleted { peer.pointee.previousCredentials = peer.pointee.credentials }
        if outcome.selectedChanged || outcome.becameConnected { useSelectedAddress(index) }
        if outcome.becameConnected && !peer.pointee.isLost {
            peer.pointee.isConnected = true
            post(.peerConnected(handle(of: index)))
        }
        reschedulePatient(index, at: peer.pointee.ice.nextDeadline)
    }

    mutating func learn(_ source: Endpoint, of index: UInt32) {
        if case .peer(let other)? = addresses.owner(of: source), other != index {
            // A browser that uses a port again for another connection.
            giveUp(source, of: other)
        }
        let peer = peers + Int(index)
        guard peer.pointee.addressCount < PeerState.addressesMax, addresses.insert(source, owner: .peer(index)) else {
            return
        }
        peer.pointee.addresses[peer.pointee.addressCount] = source
        peer.pointee.addressCount += 1
        report.pointee.addressesNow = UInt64(addresses.count)
        announce(source, isAdded: true)
    }

    /// Another peer has proved that it is at this address: this one is not, or not any more.
    mutating func giveUp(_ source: Endpoint, of index: UInt32) {
        if !peers[Int(index)].ice.forget(AddressKey(source)) {
            forward.setUnready(index)
            // It will not come back from elsewhere, as a peer with ICE may.
            if peers[Int(index)].isPlain { lose(index, .addressTaken) }
        }
        removeFromList(source, of: index)
    }

    private mutating func removeFromList(_ source: Endpoint, of index: UInt32) {
        let peer = peers + Int(index)
        for place in 0..<peer.pointee.addressCount where peer.pointee.addresses[place] == source {
            peer.pointee.addressCount -= 1
            peer.pointee.addresses[place] = peer.pointee.addresses[peer.pointee.addressCount]
            return
        }
    }

    /// A TCP connection has ended. What its peer nominated besides takes over; without such the peer waits for the next
    /// nomination, until its consent runs out.
    mutating func takeEnd(of source: Endpoint, now: UInt64) {
        guard case .peer(let index)? = addresses.owner(of: source) else { return }
        noteEnd(of: source)
        let peer = peers + Int(index)
        let wasSelected = peer.pointee.ice.vanish(AddressKey(source), now: now)
        forget(source, of: index)
        if peer.pointee.handshakeAddress == source { peer.pointee.handshakeAddress = .none }
        guard wasSelected else { return }
        if peer.pointee.ice.selected == .none { forward.setUnready(index) } else { useSelectedAddress(index) }
    }

    mutating func forget(_ source: Endpoint, of index: UInt32) {
        removeFromList(source, of: index)
        guard case .peer(let owner)? = addresses.owner(of: source), owner == index else { return }
        addresses.remove(source)
        report.pointee.addressesNow = UInt64(addresses.count)
        announce(source, isAdded: false)
    }

    /// Media goes to the nominated address from now on.
    mutating func useSelectedAddress(_ index: UInt32) {
        let peer = peers + Int(index)
        guard peer.pointee.isSecured else { return }
        let selected = Endpoint(peer.pointee.ice.selected)
        let endpoint = selected == .none ? peer.pointee.handshakeAddress : selected
        let tagBytes = peer.pointee.isClear ? 0 : peer.pointee.profile.tagBytes
        forward.setReady(index, endpoint: endpoint, tagBytes: tagBytes)
    }
}

/// Shard and peer as the first eight characters of our ufrags say.
public struct UfragPrefix {
    public let shard: ShardIndex
    let peer: UInt32

    public init?(_ name: UnsafeRawPointer, _ length: Int) {
        guard length >= 8 else { return nil }
        var value: UInt32 = 0
        for index in 0..<8 {
            let character = name.load(fromByteOffset: index, as: UInt8.self)
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(character - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(character - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        shard = ShardIndex(value >> 24)
        peer = value & 0xFF_FFFF
    }
}

extension AddressKey {
    init(_ endpoint: Endpoint) {
        self.init(
            high: endpoint.high, low: endpoint.low, port: endpoint.port, connection: endpoint.connection)
    }
}

extension Endpoint {
    init(_ key: AddressKey) {
        self.init(high: key.high, low: key.low, port: key.port, connection: key.connection)
    }
}
