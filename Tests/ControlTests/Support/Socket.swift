import Foundation
import Protocol
import SwiftProtobuf

/// A WebSocket client that speaks signaling.proto, frame by frame.
final class Socket {
    let wire: Wire
    /// Of the close frame, once it came.
    private(set) var closeStatus: Int?

    init(port: Int) throws {
        wire = try Wire(port: port)
        wire.write(
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        guard try wire.readLine().contains("101") else { throw Wire.WireError.refused }
        while try !wire.readLine().isEmpty {}
    }

    func send(_ id: UInt32 = 0, _ body: ClientMessage.OneOf_Body) throws {
        var message = ClientMessage()
        message.requestID = id
        message.body = body
        frame(opcode: 2, try message.serializedBytes())
    }

    /// One masked frame (RFC 6455 §5.3).
    func frame(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default:
            bytes.append(0x80 | 127)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        let mask: [UInt8] = [1, 2, 3, 4]
        wire.write(bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] })
    }

    /// The next message; nil when the server closed.
    func receive() throws -> ServerMessage? {
        while true {
            guard let (opcode, payload) = try? readFrame() else { return nil }
            switch opcode {
            case 2: return try ServerMessage(serializedBytes: payload)
            case 8:
                closeStatus = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : 1005
                return nil
            default: continue
            }
        }
    }

    private func readFrame() throws -> (UInt8, [UInt8]) {
        let head = try wire.read(2)
        var count = Int(head[1] & 0x7F)
        if count == 126 { count = try wire.read(2).reduce(0) { $0 << 8 | Int($1) } }
        if count == 127 { count = try wire.read(8).reduce(0) { $0 << 8 | Int($1) } }
        return (head[0] & 15, try wire.read(count))
    }

    /// The last offer that was passed over while something else was waited for.
    private(set) var pendingOffer: Offer?

    /// Messages until one of which `body` makes something; nil when the server closed before.
    func first<Value>(of body: (ServerMessage) -> Value?) throws -> Value? {
        while let message = try receive() {
            if let value = body(message) { return value }
            if case .offer(let offer)? = message.body { pendingOffer = offer }
        }
        return nil
    }

    func join(_ token: String, resuming peerID: String = "", change: (inout Join) -> Void = { _ in }) throws -> Joined?
    {
        var join = Join()
        join.token = token
        join.resume = peerID
        change(&join)
        try send(1, .join(join))
        return try first { if case .joined(let joined)? = $0.body { joined } else { nil } }
    }

    /// The next offer, or the one that was passed over.
    func offer() throws -> Offer? {
        if let offer = pendingOffer {
            pendingOffer = nil
            return offer
        }
        return try first { if case .offer(let offer)? = $0.body { offer } else { nil } }
    }
    func refusal() throws -> Refusal? {
        try first { if case .refusal(let refusal)? = $0.body { refusal } else { nil } }
    }
    func closing() throws -> Closing? {
        try first { if case .closing(let closing)? = $0.body { closing } else { nil } }
    }

    func answer(_ offer: Offer, taking: (String) -> Bool = { _ in true }) throws {
        var answer = Answer()
        answer.version = offer.version
        answer.sdp = Answers.text(to: offer.sdp, taking: taking)
        try send(0, .answer(answer))
    }

    func publish(_ source: TrackSource, on: Bool = true, muted: Bool = false) throws {
        var publish = Publish()
        publish.source = source
        publish.on = on
        publish.muted = muted
        try send(9, .publish(publish))
    }

    /// Tracks messages until one has this many.
    func tracks(count: Int) throws -> Tracks? {
        try first { message in
            if case .tracks(let tracks)? = message.body, tracks.tracks.count == count { tracks } else { nil }
        }
    }
}

/// Answers as a client would write them: every m-line is taken over with its payload types and extensions.
enum Answers {
    static let fingerprint = Array(repeating: "CD", count: 32).joined(separator: ":")

    /// `taking` decides by mid; an m-line that is not taken becomes inactive.
    static func text(to offer: String, taking: (String) -> Bool = { _ in true }, ufrag: String = "client") -> String {
        let lines = offer.components(separatedBy: "\r\n")
        var output: [String] = []
        var mid = ""
        var section = 0
        for line in lines where !line.isEmpty {
            if line.hasPrefix("m=") { section += 1 }
            if line.hasPrefix("a=mid:") { mid = String(line.dropFirst(6)) }
            switch true {
            case line.hasPrefix("a=ice-ufrag"): output.append("a=ice-ufrag:" + ufrag)
            case line.hasPrefix("a=ice-pwd"): output.append("a=ice-pwd:0123456789abcdefghijklmn")
            case line.hasPrefix("a=fingerprint"): output.append("a=fingerprint:sha-256 " + fingerprint)
            case line.hasPrefix("a=setup"): output.append("a=setup:active")
            case line == "a=recvonly": output.append(taking(mid) ? "a=sendonly" : "a=inactive")
            case line == "a=sendonly": output.append(taking(mid) ? "a=recvonly" : "a=inactive")
            case line.hasPrefix("a=simulcast:recv"): output.append(line.replacingOccurrences(of: "recv", with: "send"))
            case line.hasPrefix("a=rid:"): output.append(line.replacingOccurrences(of: " recv", with: " send"))
            case line.hasPrefix("a=ssrc"), line.hasPrefix("a=msid"), line.hasPrefix("a=candidate"),
                line.hasPrefix("a=end-of-candidates"), line == "a=ice-lite":
                continue
            default: output.append(line)
            }
        }
        return output.joined(separator: "\r\n") + "\r\n"
    }
}
