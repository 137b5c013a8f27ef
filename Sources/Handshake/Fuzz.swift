import Contract

/// Feeds a server endpoint with what a stranger may send.
///
/// The input is a row of datagrams, each behind two bytes of length (high byte first). A length of 0 lets time pass
/// instead. Where the input says 65535, a real client's next datagram goes in, so that mutations reach the later
/// states too.
public func fuzzDtls(_ input: UnsafeRawBufferPointer) {
    guard let pair = FuzzPair() else { return }
    var rest = input[...]
    var now: UInt64 = 1
    while rest.count >= 2 {
        let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
        rest = rest.dropFirst(2)
        now &+= 300_000_000
        if length == 0 {
            pair.server.handleTimeout(now: now)
        } else if length == 0xFFFF {
            pair.exchange(now: now)
        } else {
            pair.server.receive(UnsafeRawBufferPointer(rebasing: rest.prefix(length)), now: now)
            rest = rest.dropFirst(length)
        }
        pair.drainServer(now: now)
    }
}

/// A server under attack and an honest client. One context serves all runs: making a certificate costs more than the
/// rest of a run.
private struct FuzzPair {
    let server: DtlsEndpoint
    let client: DtlsEndpoint

    nonisolated(unsafe) private static let context = try? DtlsContext(profiles: [.aes128Gcm, .aes128CmSha1])

    init?() {
        guard let context = Self.context,
            let server = try? DtlsEndpoint(context: context, role: .server, expectedFingerprint: context.fingerprint),
            let client = try? DtlsEndpoint(context: context, role: .client, expectedFingerprint: nil)
        else { return nil }
        self.server = server
        self.client = client
        client.start(now: 0)
    }

    func exchange(now: UInt64) {
        guard let datagram = client.nextDatagram() else { return client.handleTimeout(now: now) }
        datagram.withUnsafeBytes { server.receive($0, now: now) }
    }

    func drainServer(now: UInt64) {
        // Bounded: one input makes at most a few flights.
        for _ in 0..<100 {
            guard let datagram = server.nextDatagram() else { return }
            precondition(datagram.count <= 1200, "a datagram longer than promised")
            datagram.withUnsafeBytes { client.receive($0, now: now) }
        }
        preconditionFailure("an endless flight")
    }
}
