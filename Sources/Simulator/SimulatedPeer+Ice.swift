import Contract
import Memory
import Secure
import Wire

/// Connectivity checks and the hello of DTLS, as a controlling agent sends them.
extension SimulatedPeer {
    func checkConnectivity() {
        guard world.now >= nextCheck, !withholdsConsent else { return sayHello() }
        sendCheck(nominating: true)
        nextCheck = world.now + (isConnected ? 2_000_000_000 : 60_000_000)
        sayHello()
    }

    private func sayHello() {
        guard isConnected, srtp == nil, world.now >= nextHello else { return }
        nextHello = world.now + 200_000_000
        send([Simulator.helloByte] + world.dice.bytes(180)) { $0.isHello = true }
    }

    /// What a check may have wrong.
    public enum CheckFault: CaseIterable, Sendable { case none, password, username, fingerprint, role }

    public func sendCheck(nominating: Bool, fault: CheckFault = .none, from source: Endpoint? = nil) {
        let id = StunTransactionId(first: world.dice.next(), last: UInt32(truncatingIfNeeded: world.dice.next()))
        if fault == .none {
            transactions.append(id)
            if transactions.count > 64 { transactions.removeFirst() }
        }
        let bytes = check(id, nominating: nominating, fault: fault)
        send(bytes) {
            $0.isCheck = fault == .none || fault == .role
            if let source { $0.source = source }
            $0.prover = fault == .none ? number : nil
        }
    }

    private func check(_ id: StunTransactionId, nominating: Bool, fault: CheckFault) -> [UInt8] {
        var name = credentials.localUfrag.text + ":" + localUfrag
        if fault == .username { name += "x" }
        var password = credentials.localPassword.array
        if fault == .password { password[0] ^= 1 }
        var bytes = [UInt8](repeating: 0, count: 300)
        let count = bytes.withUnsafeMutableBytes { buffer in
            var writer = try! StunWriter(
                bindingRequest: id, username: Array(name.utf8).span.bytes, priority: 0x6E00_1EFF,
                isControlling: fault != .role, tieBreaker: tieBreaker, useCandidate: nominating,
                into: ByteWriter(buffer))
            let hmac = stunIntegrity(
                key: password, keyBytes: password.count, message: buffer.baseAddress!, coveredBytes: writer.byteCount,
                length: UInt16(writer.byteCount + 4))
            writer.appendIntegrity(hmac)
            writer.appendFingerprint()
            return writer.byteCount
        }
        bytes.removeLast(bytes.count - count)
        if fault == .fingerprint { bytes[count - 1] ^= 0x55 }
        return bytes
    }

    func receiveStun(_ bytes: [UInt8]) {
        guard let message = try? StunMessage(parsing: bytes.span.bytes), message.messageClass == .success,
            let place = transactions.firstIndex(of: message.transactionId)
        else { return }
        transactions.remove(at: place)
        checksAnswered += 1
        if !isConnected { nextHello = 0 }
        isConnected = true
    }

    /// A plain one sends from another port; nobody is told.
    public func moveWithoutWord() { endpoint.port &+= 1 }

    /// The client moves to another address, by an ICE restart (with credentials that the control side made) or without.
    func move(to endpoint: Endpoint) {
        self.endpoint = endpoint
        nextCheck = 0
        isConnected = false
        transactions.removeAll()
    }
}
