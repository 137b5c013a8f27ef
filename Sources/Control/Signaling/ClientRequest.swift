import Contract
import Protocol
import SwiftProtobuf

/// Why a message was refused: what goes into a `Refusal`.
struct RefusalError: Error, Equatable {
    var code: ErrorCode
    var message: String
    /// 0 when the message could not be read that far.
    var requestID: UInt32 = 0

    static func invalid(_ message: String, _ requestID: UInt32) -> RefusalError {
        RefusalError(code: .invalidMessage, message: message, requestID: requestID)
    }
}

/// How many slots a client wants at most, 0 for as many as there are.
struct SlotWish: Equatable {
    var audio: UInt32 = 0
    var video: UInt32 = 0
}

/// What a client says when it comes.
struct JoinRequest: Equatable {
    var token = ""
    var slots = SlotWish()
    var wantsChannels = false
    /// The peer id of the stay that is to go on; empty for a new one.
    var resume = ""
    /// Empty for none.
    var resumeToken = ""
    var deviceId = ""
    /// What the client takes the token to be for; empty for no opinion.
    var roomId = ""
    var appId = ""
    /// `traceparent`, not looked at yet.
    var traceParent = ""
}

/// A message of a client, read and checked for everything that can be checked without knowing the session.
struct ClientRequest: Equatable {
    enum Body: Equatable {
        case join(JoinRequest)
        case answer(version: UInt32, sdp: String)
        case publish(MediaSource, isOn: Bool, isMuted: Bool)
        case setMuted(MediaSource, Bool)
        case selectLayer(mid: String, spatial: UInt8, isPaused: Bool)
        case setView(mid: String, View)
        case pin(peerID: String, MediaSource, isOn: Bool)
        case subscribe(peerID: String, MediaSource, isOn: Bool)
        case iceRestart
        /// For the other member of a room of two; with an answer.
        case offer(version: UInt32, sdp: String)
        case ice(Ice)
        case chat(ChatCommand)
        case stats
        case ping(clientTime: UInt64)
        case leave
        /// A member of `body` that this server does not know yet: ignored, as the protocol says.
        case unknown
    }

    var id: UInt32
    var body: Body

    init(reading bytes: some SwiftProtobufContiguousBytes) throws(RefusalError) {
        guard bytes.count <= MessageBounds.messageBytesMax else { throw .invalid("the message is too long", 0) }
        let message: ClientMessage
        do {
            var options = BinaryDecodingOptions()
            options.messageDepthLimit = 8
            message = try ClientMessage(serializedBytes: bytes, options: options)
        } catch {
            throw .invalid("not a ClientMessage", 0)
        }
        id = message.requestID
        body = try Self.body(message)
    }

    private static func body(_ message: ClientMessage) throws(RefusalError) -> Body {
        let id = message.requestID
        switch message.body {
        case .join(let message): return .join(try join(message, id))
        case .answer(let answer):
            try checkSdp(answer.sdp, id)
            return .answer(version: answer.version, sdp: answer.sdp)
        case .offer(let offer):
            try checkSdp(offer.sdp, id)
            return .offer(version: offer.version, sdp: offer.sdp)
        case .ice(let ice):
            guard ice.candidate.utf8.count <= MessageBounds.candidateBytesMax,
                ice.sdpMid.utf8.count <= MessageBounds.midBytesMax,
                ice.usernameFragment.utf8.count <= MessageBounds.candidateBytesMax
            else { throw .invalid("the candidate is too long", id) }
            return .ice(ice)
        case .publish(let publish):
            return .publish(try source(publish.source, id), isOn: publish.on, isMuted: publish.muted)
        case .setMuted(let muted): return .setMuted(try source(muted.source, id), muted.muted)
        case .selectLayer(let wish):
            try checkMid(wish.mid, id)
            return .selectLayer(mid: wish.mid, spatial: UInt8(min(wish.maxSpatial, 2)), isPaused: wish.paused)
        case .setView(let view):
            try checkMid(view.mid, id)
            // Larger than any screen is as large as any screen.
            let (width, height) = (UInt16(min(view.width, 32_767)), UInt16(min(view.height, 32_767)))
            return .setView(mid: view.mid, View(width: width, height: height, isPinned: view.pinned))
        case .pin(let pin):
            try checkPeer(pin.peerID, id)
            return .pin(peerID: pin.peerID, try source(pin.source, id), isOn: pin.on)
        case .subscribe(let wish):
            try checkPeer(wish.peerID, id)
            return .subscribe(peerID: wish.peerID, try source(wish.source, id), isOn: wish.on)
        case .iceRestart: return .iceRestart
        case .statsRequest: return .stats
        case .ping(let ping): return .ping(clientTime: ping.clientTimeMs)
        case .leave: return .leave
        case .chatSend, .chatEdit, .chatDelete, .chatReact, .chatTyping, .chatRead, .chatHistory, .chatAcknowledge:
            return .chat(try chat(message))
        case nil:
            guard message.unknownFields.data.isEmpty else { return .unknown }
            throw .invalid("the message has no body", id)
        }
    }

    private static func join(_ message: Join, _ id: UInt32) throws(RefusalError) -> JoinRequest {
        guard message.token.utf8.count <= MessageBounds.tokenBytesMax else {
            throw .invalid("the token is too long", id)
        }
        guard message.resumeToken.utf8.count <= MessageBounds.resumeTokenBytesMax else {
            throw .invalid("the resume_token is too long", id)
        }
        guard message.resume.utf8.count <= MessageBounds.peerIdBytesMax else {
            throw .invalid("the peer_id to resume is too long", id)
        }
        guard message.deviceID.isEmpty || Names.isId(message.deviceID) else {
            throw .invalid("a device_id is 1...64 letters, digits, - or _", id)
        }
        guard max(message.roomID.utf8.count, message.appID.utf8.count) <= MessageBounds.nameBytesMax else {
            throw .invalid("the room_id or app_id is too long", id)
        }
        return JoinRequest(
            token: message.token, slots: SlotWish(audio: message.audioSlots, video: message.videoSlots),
            wantsChannels: message.dataChannels, resume: message.resume, resumeToken: message.resumeToken,
            deviceId: message.deviceID,
            roomId: message.roomID, appId: message.appID, traceParent: message.traceParent)
    }

    private static func checkSdp(_ text: String, _ id: UInt32) throws(RefusalError) {
        guard text.utf8.count <= MessageBounds.sdpBytesMax else { throw .invalid("the SDP is too long", id) }
    }

    private static func checkPeer(_ peerID: String, _ id: UInt32) throws(RefusalError) {
        guard peerID.utf8.count <= MessageBounds.peerIdBytesMax else { throw .invalid("the peer_id is too long", id) }
    }

    private static func checkMid(_ mid: String, _ id: UInt32) throws(RefusalError) {
        guard (1...MessageBounds.midBytesMax).contains(mid.utf8.count) else {
            throw .invalid("a mid has 1...16 bytes", id)
        }
    }

    private static func source(_ source: TrackSource, _ id: UInt32) throws(RefusalError) -> MediaSource {
        switch source {
        case .microphone: .microphone
        case .camera: .camera
        case .screen: .screen
        case .unspecified, .UNRECOGNIZED: throw .invalid("the source is to be a microphone, a camera or a screen", id)
        }
    }
}

extension MediaSource {
    var trackSource: TrackSource {
        switch self {
        case .microphone: .microphone
        case .camera: .camera
        case .screen: .screen
        }
    }
}
