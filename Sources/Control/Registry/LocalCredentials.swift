import Contract

/// Our half of a peer's ICE credentials (RFC 8445 §5.3): the ufrag names the shard and the peer, then random characters.
struct LocalCredentials: Equatable {
    let ufrag: String
    let password: String
    /// How many there were before for this peer; 255 for more.
    let restarts: UInt8

    init(ufrag: String, password: String, restarts: UInt8) {
        self.ufrag = ufrag
        self.password = password
        self.restarts = restarts
    }

    init(_ handle: PeerHandle, restarts: UInt8 = 0) {
        self.restarts = restarts
        ufrag = IceCredentials.ufragPrefix(shard: handle.shard, peer: handle.index) + randomText(8)
        password = randomText(24)
    }

    /// Those for an ICE restart.
    func renewed(_ handle: PeerHandle) -> LocalCredentials {
        LocalCredentials(handle, restarts: restarts == .max ? .max : restarts + 1)
    }

    func withRemote(_ remoteUfrag: String) -> IceCredentials {
        guard let local = FixedBytes<32>(ufrag), let secret = FixedBytes<32>(password),
            let remote = FixedBytes<256>(remoteUfrag)
        else { preconditionFailure("ICE credentials longer than RFC 8839 allows were let through") }
        return IceCredentials(localUfrag: local, localPassword: secret, remoteUfrag: remote)
    }
}

/// Letters and digits from the system's cryptographic generator, about 5.95 bits each.
func randomText(_ count: Int) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    return String(decoding: (0..<count).map { _ in alphabet.randomElement()! }, as: UTF8.self)
}
