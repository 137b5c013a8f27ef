import CSecure
import Contract

/// One end of a DTLS 1.2 association that yields SRTP keys (RFC 5764). Datagrams and the time in; datagrams, keys and
/// the next deadline out. It reads no clock and opens no socket.
///
/// Call `start` (a client) or `receive` (a server), send what `nextDatagram` gives until it gives nothing, and call
/// `handleTimeout` when `deadlineNanoseconds` has passed.
public final class DtlsEndpoint {
    public enum Role: Sendable { case server, client }

    public enum State: Equatable, Sendable {
        case handshaking
        /// `keys` are there.
        case established
        /// No handshake any more; an alert may wait to be sent.
        case lost(PeerLoss)
    }

    /// How a flight that got no answer is sent again.
    public enum Retransmission: Sendable {
        /// The kept datagrams again, by the caller's clock. Right for a server and for virtual time.
        case callersClock
        /// Written anew by OpenSSL, which reads the wall clock. For a client in real time: other servers' replay
        /// protection drops a Finished record that comes twice, and then nothing makes them repeat theirs.
        case wallClock
    }

    /// First wait for an answer. RFC 6347 §4.2.4.1 proposes a second but allows less where time matters.
    static let retransmissionNanosecondsMin: UInt64 = 250_000_000
    static let retransmissionNanosecondsMax: UInt64 = 4_000_000_000
    /// Handshake records repeated by the remote end within this time are one question.
    static let finalFlightNanosecondsMin: UInt64 = 40_000_000
    static let finalFlightRepeatsMax = 12

    public let role: Role
    public private(set) var state: State = .handshaking
    public private(set) var keys: SrtpKeys?
    /// When to call `handleTimeout`; nil when nothing is awaited. Meaningful once all datagrams are taken.
    public private(set) var deadlineNanoseconds: UInt64?
    public private(set) var isRetired = false
    /// How often a flight was sent again.
    public private(set) var retransmissions = 0

    private let handle: OpaquePointer
    // Endpoints do not outlive their context's memory: OpenSSL counts SSL_CTX references, and this keeps the rest.
    private let context: DtlsContext
    private let retransmission: Retransmission
    private var flight = Flight()
    private var plaintextRecords = PlaintextRecords()
    /// How many datagrams OpenSSL had written when last looked.
    private var writtenCount: UInt32 = 0
    private var waitNanoseconds = DtlsEndpoint.retransmissionNanosecondsMin
    private var finalFlightSentNanoseconds: UInt64 = 0
    private var finalFlightRepeats = 0

    /// `expectedFingerprint`: SHA-256 of the remote certificate, from a=fingerprint; nil takes any.
    /// `datagramBytesMax`: 256 or more.
    public init(
        context: DtlsContext, role: Role, expectedFingerprint: FixedBytes<32>?,
        datagramBytesMax: Int = 1200, retransmission: Retransmission = .callersClock
    ) throws(HandshakeError) {
        let timerMicroseconds = retransmission == .wallClock ? UInt32(Self.retransmissionNanosecondsMin / 1000) : 0
        let isServer: Int32 = role == .server ? 1 : 0
        let mtu = UInt32(clamping: datagramBytesMax)
        let handle: OpaquePointer?
        if let expectedFingerprint {
            let expected = expectedFingerprint.array
            guard expected.count == 32 else { throw .endpointRefused }
            handle = cd_endpoint_new(context.handle, isServer, mtu, expected, timerMicroseconds)
        } else {
            handle = cd_endpoint_new(context.handle, isServer, mtu, nil, timerMicroseconds)
        }
        guard let handle else { throw .endpointRefused }
        self.handle = handle
        self.context = context
        self.role = role
        self.retransmission = retransmission
    }

    deinit { cd_endpoint_free(handle) }

    /// A client writes its ClientHello. Nothing happens on a server.
    public func start(now: UInt64) {
        guard role == .client, state == .handshaking else { return }
        advance(cd_endpoint_receive(handle, nil, 0), now: now)
    }

    /// Takes in one datagram of the remote end. Bytes that are no DTLS are ignored.
    public func receive(_ bytes: UnsafeRawBufferPointer, now: UInt64) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let wasEstablished = state == .established
        advance(cd_endpoint_receive(handle, base, bytes.count), now: now)
        if wasEstablished { repeatFinalFlight(first: bytes[0], now: now) }
    }

    /// Sends the flight again when its deadline has passed.
    public func handleTimeout(now: UInt64) {
        guard state == .handshaking, let deadlineNanoseconds, now >= deadlineNanoseconds else { return }
        retransmissions += 1
        if retransmission == .wallClock {
            return advance(cd_endpoint_handle_timer(handle), now: now)
        }
        flight.rewind()
        waitNanoseconds = min(waitNanoseconds * 2, Self.retransmissionNanosecondsMax)
        self.deadlineNanoseconds = now &+ waitNanoseconds
    }

    /// Tells the remote end that this is the end (close_notify), when there is an association to end.
    public func close() {
        guard state == .established else { return }
        flight.removeAll()
        cd_endpoint_close(handle)
        state = .lost(.closedByPeer)
        deadlineNanoseconds = nil
    }

    /// The next datagram to send, in place, valid within `body`; nil when there is none. It stays the next one unless
    /// `body` returns true.
    public func withNextDatagram(_ body: (UnsafeRawBufferPointer) -> Bool) -> Bool? {
        if let again = flight.next {
            let isTaken = plaintextRecords.renumbered(again).withUnsafeBytes(body)
            if isTaken { flight.advance() }
            return isTaken
        }
        var bytes: UnsafePointer<UInt8>?
        let count = cd_endpoint_peek(handle, &bytes)
        guard count > 0, let bytes else { return nil }
        let isTaken = pass(Array(UnsafeRawBufferPointer(start: bytes, count: count)), to: body)
        if isTaken { cd_endpoint_pop(handle) }
        return isTaken
    }

    private func pass(_ datagram: [UInt8], to body: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        // Application data (RFC 6347 §4.1: content type 23) is nobody's flight.
        guard retransmission == .callersClock, datagram.first != 23 else { return datagram.withUnsafeBytes(body) }
        guard plaintextRecords.renumbered(datagram).withUnsafeBytes(body) else { return false }
        flight.append(datagram)
        return true
    }

    /// The next datagram to send as an array; nil when there is none. For tests and clients.
    public func nextDatagram() -> [UInt8]? {
        var datagram: [UInt8]?
        _ = withNextDatagram {
            datagram = Array($0)
            return true
        }
        return datagram
    }

    /// Datagrams that were not kept because too many waited, since the last call.
    func takeDroppedCount() -> UInt64 { UInt64(cd_endpoint_take_dropped(handle)) }

    /// Frees all but `keys` and what close_notify needs, 40 KiB less. A remote end that repeats its part of the handshake
    /// is not answered any more. Nothing happens before the handshake is complete.
    public func retire() {
        guard state == .established, cd_endpoint_retire(handle) == 1 else { return }
        flight.removeAll()
        isRetired = true
    }

    // MARK: application data

    /// Keeps what the remote end sends as application data. Such an endpoint cannot be retired. False without memory.
    public func keepData() -> Bool { cd_endpoint_keep_data(handle) == 1 }

    /// Calls `body` for each record of application data that the last datagram brought; valid within the call.
    public func takeData(_ body: (UnsafeRawBufferPointer) -> Void) {
        var bytes: UnsafePointer<UInt8>?
        while case let count = cd_endpoint_data(handle, &bytes), count > 0, let bytes {
            body(UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    /// Sends a record of application data, at the latest with the next datagrams that are taken.
    public func send(data: UnsafeRawBufferPointer) {
        guard let base = data.baseAddress else { return }
        cd_endpoint_send(handle, base, data.count)
    }

    /// For C that sends by itself: `dataOutput` with this as its first argument is `send(data:)`.
    var dataOwner: UnsafeMutableRawPointer { UnsafeMutableRawPointer(handle) }
    static let dataOutput: @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?, Int) -> Void = {
        owner, bytes, count in
        // SAFETY: the association that calls this ends before its endpoint does (`HandshakeTable.release`).
        if let owner, let bytes { cd_endpoint_send(OpaquePointer(owner), bytes, count) }
    }

    /// Gives back memory that only the handshake needed.
    func shrink() { cd_endpoint_shrink(handle) }
}

extension DtlsEndpoint {
    private var hasOutput: Bool {
        var bytes: UnsafePointer<UInt8>?
        return cd_endpoint_peek(handle, &bytes) > 0
    }

    /// Whether OpenSSL wrote since the last question.
    private func takeWritten() -> Bool {
        let count = cd_endpoint_written(handle)
        defer { writtenCount = count }
        return count != writtenCount
    }

    private func advance(_ result: cd_state, now: UInt64) {
        let hasWritten = takeWritten()
        guard case .handshaking = state else {
            if state == .established, result == cd_state_closed { state = .lost(.closedByPeer) }
            return
        }
        if hasWritten {
            // What OpenSSL writes in answer is the next flight: the one before has arrived.
            flight.removeAll()
            waitNanoseconds = Self.retransmissionNanosecondsMin
        }
        switch result {
        case cd_state_handshaking: schedule(hasWritten: hasWritten, now: now)
        case cd_state_established: establish(now: now)
        case cd_state_closed: lose(.closedByPeer)
        case cd_state_mismatch: lose(.fingerprintMismatch)
        default: lose(.handshakeFailed)
        }
    }

    private func schedule(hasWritten: Bool, now: UInt64) {
        if retransmission == .wallClock {
            let left = cd_endpoint_timer(handle)
            deadlineNanoseconds = left < 0 ? nil : now &+ UInt64(left) * 1000 &+ 1_000_000
        } else if hasWritten {
            deadlineNanoseconds = now &+ waitNanoseconds
        }
    }

    private func lose(_ loss: PeerLoss) {
        state = .lost(loss)
        deadlineNanoseconds = nil
    }

    private func establish(now: UInt64) {
        guard let exported = exportKeys() else { return lose(.handshakeFailed) }
        keys = exported
        state = .established
        deadlineNanoseconds = nil
        finalFlightSentNanoseconds = now
        // The client's last flight has been answered; the server's may be asked for again.
        if role == .client { flight.removeAll() }
    }

    /// RFC 6347 §4.2.4: a server that gets the client's last flight again must repeat its own. OpenSSL does so unless
    /// the records are the very ones it has seen, which its replay check drops before that.
    private func repeatFinalFlight(first: UInt8, now: UInt64) {
        let isHandshake = first == 22 || first == 20
        guard role == .server, state == .established, isHandshake, !hasOutput, flight.next == nil,
            finalFlightRepeats < Self.finalFlightRepeatsMax,
            now >= finalFlightSentNanoseconds &+ Self.finalFlightNanosecondsMin
        else { return }
        finalFlightRepeats += 1
        finalFlightSentNanoseconds = now
        flight.rewind()
    }

    /// RFC 5764 §4.2: client key, server key, client salt, server salt.
    private func exportKeys() -> SrtpKeys? {
        guard let profile = SrtpProfile(rawValue: cd_endpoint_profile(handle)) else { return nil }
        let (key, salt) = (profile.keyBytes, profile.saltBytes)
        var material = [UInt8](repeating: 0, count: 2 * (key + salt))
        defer { for index in material.indices { material[index] = 0 } }
        guard cd_endpoint_export(handle, &material, material.count) == 1 else { return nil }
        let client = (FixedBytes<32>(material[..<key])!, FixedBytes<14>(material[(2 * key)..<(2 * key + salt)])!)
        let server = (FixedBytes<32>(material[key..<(2 * key)])!, FixedBytes<14>(material[(2 * key + salt)...])!)
        let (receive, send) = role == .server ? (client, server) : (server, client)
        return SrtpKeys(
            profile: profile, receiveKey: receive.0, receiveSalt: receive.1, sendKey: send.0, sendSalt: send.1)
    }
}
