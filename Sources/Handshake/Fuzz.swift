import Contract

/// Feeds a server endpoint with what a stranger may send.
///
/// The input is a row of steps, each begun by two bytes (high byte first): a length, and the datagram of that length;
/// 0, and time passes; 65535, and an honest client's next datagram arrives; 65534 and three bytes, and it arrives with
/// the byte at the offset (two bytes) changed by the third; 65533, and the server retires. So mutations reach the later
/// states too.
public func fuzzDtls(_ input: UnsafeRawBufferPointer) {
    guard let pair = FuzzPair() else { return }
    var steps = FuzzSteps(rest: input[...])
    var now: UInt64 = 1
    while let length = steps.takeWord() {
        now &+= 300_000_000
        switch length {
        case 0: pair.server.handleTimeout(now: now)
        case 0xFFFF: pair.exchange(now: now) { _ in }
        case 0xFFFE:
            let (offset, change) = (steps.takeWord() ?? 0, steps.takeByte() ?? 0)
            pair.exchange(now: now) { $0[offset % $0.count] ^= change }
        case 0xFFFD: pair.server.retire()
        default: pair.server.receive(steps.take(length), now: now)
        }
        pair.drainServer(now: now)
    }
}

private struct FuzzSteps {
    var rest: Slice<UnsafeRawBufferPointer>

    mutating func takeByte() -> UInt8? { rest.popFirst() }

    mutating func takeWord() -> Int? {
        guard let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
        return Int(high) << 8 | Int(low)
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
        defer { rest = rest.dropFirst(count) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
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

    func exchange(now: UInt64, _ change: (inout [UInt8]) -> Void) {
        guard var datagram = client.nextDatagram() else { return client.handleTimeout(now: now) }
        change(&datagram)
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
