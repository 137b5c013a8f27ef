import Contract
import Protocol
import SessionDescription

/// RTP parameters: read, checked, written.
extension Remote {
    /// The codecs that are known, each once.
    static func codecs(
        _ codecs: [RpcRtpCodec], _ kind: MediaKind
    ) throws(RemoteFault) -> [(codec: Codec, words: CodecWords)] {
        guard codecs.count <= 64 else { throw .invalid("at most 64 codecs") }
        var found: [(codec: Codec, words: CodecWords)] = []
        for entry in codecs {
            guard entry.payloadType < 128, entry.rtxPayloadType < 128 else {
                throw .invalid("a payload type is 0...127")
            }
            let words = CodecWords(entry)
            let codec = words.codec(kind: kind)
            if codec != .none, !found.contains(where: { $0.codec == codec }) { found.append((codec, words)) }
        }
        return found
    }

    /// The extensions that are known, each once. 15 and more need a form that is not spoken.
    static func extensions(
        _ extensions: [RpcRtpHeaderExtension], _ kind: MediaKind
    ) throws(RemoteFault) -> [ExtensionWords] {
        guard extensions.count <= 64 else { throw .invalid("at most 64 header extensions") }
        let known = ExtensionWords.all(kind)
        var found: [ExtensionWords] = []
        for entry in extensions where entry.kind.media == nil || entry.kind.media == kind {
            guard let ours = known.first(where: { $0.kind.uri == entry.uri }),
                !found.contains(where: { $0.kind == ours.kind })
            else { continue }
            guard entry.id <= 14 else { continue }
            found.append(ExtensionWords(ours.kind, id: entry.id == 0 ? ours.id : UInt8(entry.id)))
        }
        return found
    }

    static func layers(_ encodings: [RpcRtpEncoding]) throws(RemoteFault) -> [LayerDescription] {
        guard !encodings.isEmpty else { return [LayerDescription()] }
        guard encodings.count <= Limits.layersMax else { throw .invalid("at most \(Limits.layersMax) encodings") }
        var layers: [LayerDescription] = []
        for encoding in encodings {
            guard let rid = FixedBytes<16>(encoding.rid) else { throw .invalid("a rid has 16 characters at most") }
            guard encodings.count == 1 || encoding.ssrc != 0 || !encoding.rid.isEmpty else {
                throw .invalid("each of several encodings needs an ssrc or a rid")
            }
            layers.append(LayerDescription(rid: rid, ssrc: encoding.ssrc, rtxSsrc: encoding.rtxSsrc))
        }
        let named = layers.flatMap { [$0.ssrc, $0.rtxSsrc] }.filter { $0 != 0 }
        guard Set(named).count == named.count else { throw .invalid("every ssrc is to be there once") }
        return layers
    }

    static func parameters(
        _ consumer: Consumer, _ codecs: [CodecWords], _ extensions: [ExtensionWords]
    ) -> RpcRtpParameters {
        var parameters = RpcRtpParameters()
        parameters.mid = consumer.mid
        parameters.codecs = codecs.map { RpcRtpCodec($0) }
        parameters.headerExtensions = extensions.map { RpcRtpHeaderExtension($0, consumer.kind) }
        var encoding = RpcRtpEncoding()
        encoding.ssrc = consumer.ssrc
        if codecs.contains(where: { $0.rtxPayloadType != nil }) { encoding.rtxSsrc = consumer.rtxSsrc }
        parameters.encodings = [encoding]
        // What one publisher sends is played in sync.
        parameters.cname = consumer.producer?.peer.id ?? consumer.peer.id
        return parameters
    }
}

extension CodecWords {
    init(_ codec: RpcRtpCodec) {
        self.init(
            mimeType: codec.mimeType, clockRate: codec.clockRate, channels: codec.channels,
            payloadType: UInt8(codec.payloadType),
            rtxPayloadType: codec.rtxPayloadType == 0 ? nil : UInt8(codec.rtxPayloadType),
            parameters: codec.parameters.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ";"))
    }
}

extension RpcRtpCodec {
    init(_ words: CodecWords) {
        self.init()
        mimeType = words.mimeType
        payloadType = UInt32(words.payloadType)
        clockRate = words.clockRate
        channels = words.channels
        feedback = words.feedback
        rtxPayloadType = UInt32(words.rtxPayloadType ?? 0)
        for entry in words.parameters.split(separator: ";") {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            parameters[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
    }
}

extension RpcRtpHeaderExtension {
    init(_ words: ExtensionWords, _ kind: MediaKind) {
        self.init()
        uri = words.kind.uri
        id = UInt32(words.id)
        self.kind = RpcKind(kind)
    }
}
