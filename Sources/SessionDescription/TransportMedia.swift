import Contract

/// A codec in the words of RFC 8866's attributes, for clients of which there is no session description.
public struct CodecWords: Equatable, Sendable {
    /// "audio/opus", "video/VP8".
    public var mimeType: String
    public var clockRate: UInt32
    /// 0 for video.
    public var channels: UInt32
    public var payloadType: UInt8
    public var rtxPayloadType: UInt8?
    /// As in a=fmtp: `name=value` with semicolons.
    public var parameters: String
    public var feedback: [String]

    public init(
        mimeType: String, clockRate: UInt32, channels: UInt32 = 0, payloadType: UInt8 = 0, rtxPayloadType: UInt8? = nil,
        parameters: String = "", feedback: [String] = []
    ) {
        self.mimeType = mimeType
        self.clockRate = clockRate
        self.channels = channels
        self.payloadType = payloadType
        self.rtxPayloadType = rtxPayloadType
        self.parameters = parameters
        self.feedback = feedback
    }

    /// `.none` when the codec is not supported.
    public func codec(kind: MediaKind) -> Codec {
        let parts = fields(mimeType, by: Byte.slash)
        guard parts.count == 2, lowercase(parts[0]) == kind.media else { return .none }
        if kind == .audio, lowercase(parts[1]) == "red" { return .red }
        var name = "\(lowercase(parts[1]))/\(clockRate)"
        if kind == .audio { name += "/\(channels == 0 ? 2 : channels)" }
        return CodecTable.codec(PayloadFormat(payloadType: payloadType, name: name, parameters: parameters), kind: kind)
    }
}

extension CodecTable {
    /// The codecs of a kind in order of preference, with what our own offers say of them.
    public static func words(_ kind: MediaKind) -> [CodecWords] {
        entries.filter { $0.codec.isAudio == (kind == .audio) }.map {
            words($0.codec, $0.payloadType, $0.rtxPayloadType)
        }
    }

    /// The same of one codec under other payload types.
    public static func words(_ codec: Codec, _ payloadType: UInt8, _ rtxPayloadType: UInt8?) -> CodecWords {
        guard let entry = entry(codec) else { preconditionFailure("a codec without words") }
        let name = fields(entry.name, by: Byte.slash)[0]
        return CodecWords(
            mimeType: (codec.isAudio ? "audio/" : "video/") + name, clockRate: codec.clockRate,
            channels: codec.isAudio ? 2 : 0, payloadType: payloadType, rtxPayloadType: rtxPayloadType,
            parameters: entry.parameters, feedback: feedback(codec))
    }
}

/// A header extension with its id.
public struct ExtensionWords: Equatable, Sendable {
    public var kind: HeaderExtension
    public var id: UInt8

    public init(_ kind: HeaderExtension, id: UInt8) {
        self.kind = kind
        self.id = id
    }

    /// What a section of this kind may have, under the ids of our own offers.
    public static func all(_ kind: MediaKind) -> [ExtensionWords] {
        ExtensionTable.kinds(kind).map { ExtensionWords($0, id: ExtensionTable.id($0)) }
    }
}

/// The payload types and extension ids of one connection whose streams are named one by one. They only grow: what a
/// payload type once meant it means for good (RFC 9143 §9.1).
public struct TransportMedia: Sendable {
    private var builder = MediaMapBuilder()

    public init() {}

    public var map: MediaMap { builder.finish() }

    /// The other end sends a stream with these.
    ///
    /// - Throws: `payloadTypeConflict`, `extensionConflict`; then nothing has changed.
    public mutating func receive(
        _ codecs: [(codec: Codec, words: CodecWords)], _ extensions: [ExtensionWords], kind: MediaKind
    ) throws(SdpError) {
        let sections = codecs.map { entry in
            section(entry.codec, entry.words.payloadType, entry.words.rtxPayloadType)
        }
        try add(sections, extensions, kind, .sendonly)
    }

    /// The other end receives a stream: each codec under the payload type that it has already, or the one that is wished for, or
    /// any that is free. Returns what was settled.
    public mutating func send(
        _ codecs: [(codec: Codec, words: CodecWords)], _ extensions: [ExtensionWords], kind: MediaKind
    ) throws(SdpError) -> (codecs: [CodecWords], extensions: [ExtensionWords]) {
        var taken: Set<UInt8> = []
        var settled: [SectionCodec] = []
        for (codec, words) in codecs {
            let known = builder.map.payloadTypeOfCodec[Int(codec.rawValue)]
            let payloadType = known != 255 ? known : try free(words.payloadType, &taken)
            let knownRtx = builder.map.rtxPayloadTypeOfCodec[Int(codec.rawValue)]
            var rtx: UInt8? = knownRtx != 255 ? knownRtx : nil
            if rtx == nil, let wished = words.rtxPayloadType { rtx = try free(wished, &taken) }
            settled.append(section(codec, payloadType, rtx))
        }
        let carried = extensions.compactMap { place($0) }
        try add(settled, carried, kind, .recvonly)
        return (settled.map { CodecTable.words($0.codec, $0.payloadType, $0.rtxPayloadType) }, carried)
    }

    private mutating func add(
        _ codecs: [SectionCodec], _ extensions: [ExtensionWords], _ kind: MediaKind, _ direction: Direction
    ) throws(SdpError) {
        var copy = builder
        let entries = extensions.map { SectionExtension(kind: $0.kind, id: $0.id, direction: nil) }
        try copy.add(codecs: codecs, extensions: entries, kind: kind, direction: direction, line: 0)
        builder = copy
    }

    private func section(_ codec: Codec, _ payloadType: UInt8, _ rtx: UInt8?) -> SectionCodec {
        SectionCodec(
            codec: codec, payloadType: payloadType, rtxPayloadType: rtx, format: PayloadFormat(payloadType: payloadType)
        )
    }

    private func free(_ wished: UInt8, _ taken: inout Set<UInt8>) throws(SdpError) -> UInt8 {
        let candidates = [wished] + Array(UInt8(96)...127) + Array(UInt8(35)...63)
        for type in candidates where type > 0 && type < 128 && !taken.contains(type) && isFree(type) {
            taken.insert(type)
            return type
        }
        throw SdpError(.payloadTypeConflict, found: "\(wished)", expected: "a payload type that is not in use")
    }

    private func isFree(_ type: UInt8) -> Bool {
        builder.map.codecOfPayloadType[Int(type)] == .none && builder.map.repairedPayloadType[Int(type)] == 255
    }

    /// Under the id that it has already; nil where its own is another's.
    private func place(_ entry: ExtensionWords) -> ExtensionWords? {
        let known = builder.map.id(of: entry.kind)
        if known != 0 { return ExtensionWords(entry.kind, id: known) }
        guard builder.map.extensionOfId[Int(entry.id)] != 255 else { return entry }
        let free = (UInt8(1)...14).first { builder.map.extensionOfId[Int($0)] == 255 }
        return free.map { ExtensionWords(entry.kind, id: $0) }
    }
}
