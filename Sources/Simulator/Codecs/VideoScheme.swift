import Contract

/// How a publisher encodes its video: codec, layers, and who refers to whom.
public enum VideoScheme: String, CaseIterable, Sendable {
    /// VP8 of one temporal layer, as most of the runs have it.
    case vp8
    case vp8Temporal
    case h264
    /// L1T3, L3T3 and L3T3_KEY of VP9 by its payload descriptor.
    case vp9Temporal
    case vp9Svc
    case vp9KeySvc
    /// The same of AV1 by dependency descriptor.
    case av1Temporal
    case av1Svc
    case av1KeySvc
    /// VP9 with both descriptors.
    case vp9Described

    var codec: Codec {
        switch self {
        case .vp8, .vp8Temporal: .vp8
        case .h264: .h264ConstrainedBaseline
        case .vp9Temporal, .vp9Svc, .vp9KeySvc, .vp9Described: .vp9
        case .av1Temporal, .av1Svc, .av1KeySvc: .av1
        }
    }

    public var spatialLayers: Int {
        switch self {
        case .vp9Svc, .vp9KeySvc, .av1Svc, .av1KeySvc, .vp9Described: 3
        default: 1
        }
    }

    public var temporalLayers: Int { self == .vp8 || self == .h264 ? 1 : 3 }

    /// Only keyframes refer to the spatial layer below.
    var isKeySvc: Bool { self == .vp9KeySvc || self == .av1KeySvc || self == .vp9Described }

    var hasDescriptor: Bool {
        switch self {
        case .av1Temporal, .av1Svc, .av1KeySvc, .vp9Described: true
        default: false
        }
    }
}

/// One layer's frame of one picture, as its encoder made it.
final class SentFrame {
    let picture: Picture
    /// Counts the frames of the source.
    let number: Int
    let spatial: Int
    let temporal: Int
    private let referred: [FrameReference]
    let isKeyframe: Bool
    /// Sequence numbers of its packets.
    var packets: [UInt64] = []
    /// Frames of the same source that it refers to.
    var references: [SentFrame] { referred.map(\.frame) }

    init(_ picture: Picture, number: Int, spatial: Int, temporal: Int, references: [SentFrame], isKeyframe: Bool) {
        self.picture = picture
        self.number = number
        self.spatial = spatial
        self.temporal = temporal
        referred = references.map { FrameReference(frame: $0) }
        self.isKeyframe = isKeyframe
    }
}

/// The source's log owns its frames.
struct FrameReference {
    unowned let frame: SentFrame
}

/// What shares one timestamp.
final class Picture {
    let number: Int
    let isKeyframe: Bool
    /// Higher temporal layers refer to nothing before this group of four pictures.
    let isClean: Bool
    /// Place in the group.
    let phase: Int
    let spatialLayers: Int
    let temporalLayers: Int
    let isSpatial: Bool
    /// Its codec's receivers miss every picture id that does not come.
    let countsPictures: Bool
    /// Pictures of the lowest temporal layer so far, this one included.
    let tl0: Int
    /// Number of the frame that the last keyframe began with.
    var keyframe: Int { begun?.frame.number ?? number }
    /// That frame.
    var begun: FrameReference?
    private var made: [FrameReference] = []
    /// From the lowest spatial layer up.
    var frames: [SentFrame] { made.map(\.frame) }

    func add(_ frame: SentFrame) { made.append(FrameReference(frame: frame)) }

    init(number: Int, tl0: Int, isKeyframe: Bool, isClean: Bool, phase: Int, spatialLayers: Int, scheme: VideoScheme) {
        temporalLayers = scheme.temporalLayers
        isSpatial = scheme.spatialLayers > 1
        countsPictures = scheme.codec == .vp8
        self.number = number
        self.tl0 = tl0
        self.isKeyframe = isKeyframe
        self.isClean = isClean
        self.phase = phase
        self.spatialLayers = spatialLayers
    }
}

/// Makes pictures of a scheme: temporal layers 0, 2, 1, 2, spatial ones from below. In all but every fourth group higher
/// temporal layers refer to the group before, so that nobody may climb there.
struct Encoder {
    let scheme: VideoScheme
    private var pictures: Int
    private var frames: Int
    private var sinceKeyframe = 0
    private var hasBegun = false
    private var begun: SentFrame?
    private var tl0: Int
    /// By spatial layer: the newest frame of each temporal layer.
    private var newest: [[SentFrame?]] = []

    /// Counts from `first`.
    init(_ scheme: VideoScheme, first: Int) {
        self.scheme = scheme
        pictures = first
        frames = first * 2
        tl0 = first
    }

    /// The newest picture's frames; from then on the source's log keeps them.
    private(set) var made: [SentFrame] = []

    mutating func next(isKeyframe wanted: Bool, spatialLayers: Int) -> Picture {
        made = []
        let isKeyframe = wanted || !hasBegun
        hasBegun = true
        if isKeyframe {
            sinceKeyframe = 0
            newest = Array(repeating: [nil, nil, nil], count: scheme.spatialLayers)
        }
        let phase = scheme.temporalLayers == 1 ? 0 : sinceKeyframe % 4
        let isClean = scheme.temporalLayers == 1 || sinceKeyframe / 4 % 4 == 0
        if phase == 0 { tl0 += 1 }
        let picture = Picture(
            number: pictures, tl0: tl0, isKeyframe: isKeyframe, isClean: isClean, phase: phase,
            spatialLayers: spatialLayers,
            scheme: scheme)
        if !isKeyframe { picture.begun = begun.map { FrameReference(frame: $0) } }
        for spatial in 0..<spatialLayers {
            // A layer that was away comes back with a keyframe.
            if !isKeyframe, newest[spatial][0] == nil { break }
            encode(spatial, [0, 2, 1, 2][phase], picture)
        }
        // One that was left out for a while cannot go on.
        for spatial in spatialLayers..<max(scheme.spatialLayers, spatialLayers) { newest[spatial] = [nil, nil, nil] }
        pictures += 1
        sinceKeyframe += 1
        return picture
    }

    private mutating func encode(_ spatial: Int, _ temporal: Int, _ picture: Picture) {
        var references: [SentFrame?] = []
        if !picture.isKeyframe {
            references.append(newest[spatial][0])
            if picture.phase == 3 { references.append(newest[spatial][1]) }
            if temporal > 0, !picture.isClean || picture.phase == 3 { references.append(newest[spatial][temporal]) }
        }
        if spatial > 0, picture.isKeyframe || !scheme.isKeySvc { references.append(picture.frames.last) }
        let frame = SentFrame(
            picture, number: frames, spatial: spatial, temporal: temporal, references: references.compactMap { $0 },
            isKeyframe: picture.isKeyframe)
        frames += 1
        newest[spatial][temporal] = frame
        picture.add(frame)
        made.append(frame)
        if picture.isKeyframe, spatial == 0 { begun = frame }
        if picture.isKeyframe { picture.begun = begun.map { FrameReference(frame: $0) } }
    }
}
