import Contract
import Glibc
import Handshake
import Secure
import SessionDescription
import Wire

@testable import Load

/// A minimal remote end on loopback: answers checks and the handshake, opens what comes and sends it back.
final class Mirror {
    let ice = IceParameters(ufrag: "mirr", password: "mirror-mirror-on-the-wall")
    let context: DtlsContext
    let port: UInt16
    /// Stamps of the video packets that came, in order.
    private(set) var video: [Stamp] = []
    private(set) var keyframes = 0
    private(set) var audioCount = 0
    /// What to do with a video packet: how many times to send it, in the order of `held`.
    var plan: (Int) -> [Int] = { [$0] }

    private let descriptor: Int32
    private let endpoint: DtlsEndpoint
    private var cipher = Cipher()!
    private let keys = KeyPair()
    private var isSecured = false
    private var remoteUfrag: String
    private var source = sockaddr_in()
    private var windows: [UInt32: ReplayWindow] = [:]
    /// Opened packets, as they came, by number.
    private var held: [[UInt8]] = []
    private var outIndex: UInt64 = 500
    private var rtcpIndex: UInt32 = 1

    static let ssrc: UInt32 = 0x5EED

    init(remoteUfrag: String, fingerprint: FixedBytes<32>) throws {
        self.remoteUfrag = remoteUfrag
        context = try DtlsContext(profiles: [.aes128Gcm])
        endpoint = try DtlsEndpoint(context: context, role: .server, expectedFingerprint: fingerprint)
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // A client that does not send fails the test instead of blocking it.
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let socket = descriptor
        withUnsafeMutableBytes(of: &name) {
            let address = $0.assumingMemoryBound(to: sockaddr.self).baseAddress!
            _ = bind(socket, address, length)
            getsockname(socket, address, &length)
        }
        port = UInt16(bigEndian: name.sin_port)
    }

    deinit {
        close(descriptor)
        keys.deallocate()
    }

    /// Serves one datagram; false when none came for ten seconds.
    func serve() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let socket = descriptor
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var count = 0
        repeat {
            count = withUnsafeMutableBytes(of: &source) {
                recvfrom(socket, &buffer, 2048, 0, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
            }
            // Work that a ring of an earlier test left to this thread interrupts a call with a time limit.
        } while count < 0 && errno == EINTR
        guard count > 0 else { return false }
        let bytes = Array(buffer.prefix(count))
        switch PacketKind.classify(firstByte: bytes[0]) {
        case .stun: answerCheck(bytes)
        case .dtls: shakeHands(bytes)
        case .rtpOrRtcp where isSecured && !PacketKind.isRtcp(secondByte: bytes[1]): open(bytes)
        default: break
        }
        return true
    }

    private func send(_ bytes: [UInt8]) {
        let socket = descriptor
        withUnsafeMutableBytes(of: &source) {
            _ = sendto(
                socket, bytes, bytes.count, 0, $0.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }

    private func answerCheck(_ bytes: [UInt8]) {
        guard let message = try? StunMessage(parsing: bytes.span.bytes), message.isBindingRequest, message.useCandidate,
            message.isControlling, message.fingerprintIsValid(in: bytes.span.bytes)
        else { return }
        let username = bytes[message.usernameOffset..<(message.usernameOffset + message.usernameLength)]
        let password = Array(ice.password.utf8)
        var expected = stunIntegrity(
            key: password, keyBytes: password.count, message: bytes, coveredBytes: message.integrityCoveredLength,
            length: message.integrityLengthField)
        let holds = bytes.withUnsafeBytes {
            isEqualInConstantTime(&expected, $0.baseAddress! + message.integrityHmacOffset, byteCount: 20)
        }
        guard holds, String(decoding: username, as: UTF8.self) == "mirr:" + remoteUfrag else { return }
        var memory = [UInt8](repeating: 0, count: 256)
        let count = memory.withUnsafeMutableBytes { memory in
            let address = StunAddress(ipv4: 0x7F00_0001, port: UInt16(bigEndian: source.sin_port))
            var writer = try! StunWriter(
                bindingSuccessTo: message.transactionId, mappedAddress: address, into: ByteWriter(memory))
            writer.appendIntegrity(
                stunIntegrity(
                    key: password, keyBytes: password.count, message: memory.baseAddress!,
                    coveredBytes: writer.byteCount,
                    length: UInt16(writer.byteCount + 4)))
            writer.appendFingerprint()
            return writer.byteCount
        }
        send(Array(memory.prefix(count)))
    }

    private func shakeHands(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { endpoint.receive($0, now: 1) }
        while let datagram = endpoint.nextDatagram() { send(datagram) }
        guard !isSecured, endpoint.state == .established, let exported = endpoint.keys else { return }
        keys.sealing.install(exported, by: &cipher)
        keys.opening.install(exported, by: &cipher)
        isSecured = true
    }

    private func open(_ packet: [UInt8]) {
        var bytes = packet
        guard let header = try? RtpHeader(parsing: bytes.span.bytes) else { return }
        let index = windows[header.ssrc, default: ReplayWindow()].estimate(sequence: header.sequenceNumber)
        let length = bytes.withUnsafeMutableBytes {
            cipher.openRtp(
                keys.opening, packet: $0.baseAddress!, length: packet.count, headerLength: header.headerLength,
                ssrc: header.ssrc, index: index, out: $0.baseAddress!)
        }
        guard let length else { return }
        windows[header.ssrc]?.accept(index)
        guard header.payloadType == OfferText.videoPayloadType else {
            audioCount += 1
            return
        }
        take(Array(bytes.prefix(length)), header)
    }

    private func take(_ bytes: [UInt8], _ header: RtpHeader) {
        guard let payload = try? RtpPayload(of: header, in: bytes.span.bytes),
            let descriptor = try? Vp8Descriptor(parsing: bytes.span.bytes, payload: payload)
        else { return }
        if descriptor.isKeyframeStart { keyframes += 1 }
        let start =
            descriptor.dataOffset
            + (descriptor.beginsFrame ? VideoFrame.headerBytes(isKeyframe: descriptor.isKeyframeStart) : 0)
        let reading = bytes.withUnsafeBytes { Stamp.read(from: $0.baseAddress! + start, length: bytes.count - start) }
        guard case .stamp(let stamp) = reading else { return }
        video.append(stamp)
        held.append(bytes)
        for number in plan(video.count - 1) { sendBack(held[number], headerBytes: header.headerLength) }
    }

    /// Under an SSRC and a number of our own, as an SFU does.
    private func sendBack(_ packet: [UInt8], headerBytes: Int) {
        var bytes = packet + [UInt8](repeating: 0, count: 16)
        outIndex += 1
        let index = outIndex
        bytes[2] = UInt8(index >> 8 & 0xFF)
        bytes[3] = UInt8(index & 0xFF)
        for place in 0..<4 { bytes[8 + place] = UInt8(truncatingIfNeeded: Self.ssrc >> UInt32(24 - 8 * place)) }
        let length = bytes.withUnsafeMutableBytes {
            cipher.sealRtp(
                keys.sealing, out: $0.baseAddress!, headerLength: headerBytes, payload: $0.baseAddress! + headerBytes,
                payloadLength: packet.count - headerBytes, ssrc: Self.ssrc, index: index)
        }
        send(Array(bytes.prefix(length)))
    }

    /// Asks for a keyframe.
    func requestKeyframe(of ssrc: UInt32) {
        var bytes = [UInt8](repeating: 0, count: 64)
        let length = bytes.withUnsafeMutableBytes {
            var writer = ByteWriter($0)
            try! RtcpWriter.putPli(senderSsrc: 1, mediaSsrc: ssrc, to: &writer)
            rtcpIndex += 1
            return cipher.sealRtcp(keys.sealing, packet: $0.baseAddress!, length: writer.count, index: rtcpIndex)
        }
        send(Array(bytes.prefix(length)))
    }
}

/// Ends a mirror's wait with a datagram that means nothing to it.
final class Waker: @unchecked Sendable {
    /// Set before the thread that wakes can have a reason to.
    var port: UInt16 = 0

    func wake() {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        name.sin_port = port.bigEndian
        var nothing: UInt8 = 0xFF
        withUnsafeMutableBytes(of: &name) {
            _ = sendto(
                descriptor, &nothing, 1, 0, $0.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        close(descriptor)
    }
}
