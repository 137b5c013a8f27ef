/// Writes dependency descriptors (AV1 RTP payload format, appendix A.8) as a sender of a scheme would: a template for each
/// layer, what a frame refers to said by the frame itself.
struct DescriptorMaker {
    let scheme: VideoScheme
    /// Template ids begin here; another number with each structure.
    private var idOffset = 0
    private var hasStructure = false
    /// Frame number of the newest frame of each chain.
    private var chainNewest: [Int] = []

    init(_ scheme: VideoScheme) { self.scheme = scheme }

    private var layers: [(spatial: Int, temporal: Int)] {
        (0..<scheme.spatialLayers).flatMap { spatial in
            (0..<scheme.temporalLayers).map { (spatial, $0) }
        }
    }

    /// Once for each frame, in order: the descriptor's body behind its first byte, to be used for all of its packets. The
    /// structure goes with the first one.
    mutating func describe(_ frame: SentFrame, activeSpatialLayers: Int) -> (first: [UInt8], others: [UInt8]) {
        let begins = frame.isKeyframe && frame.spatial == 0
        if begins {
            if hasStructure { idOffset = (idOffset + layers.count) % 64 }
            hasStructure = true
            chainNewest = Array(repeating: frame.number, count: scheme.spatialLayers)
        }
        let diffs = chainNewest.map { begins ? 0 : min(255, frame.number - $0) }
        noteChains(frame)
        let says = activeSpatialLayers < scheme.spatialLayers && frame.temporal == 0
        return (
            descriptor(frame, diffs, hasStructure: begins, active: says || begins ? activeSpatialLayers : nil),
            descriptor(frame, diffs, hasStructure: false, active: nil)
        )
    }

    private mutating func noteChains(_ frame: SentFrame) {
        guard frame.temporal == 0 else { return }
        for chain in 0..<scheme.spatialLayers {
            let isIn =
                scheme.isKeySvc && !frame.isKeyframe ? frame.spatial == chain : frame.spatial <= chain
            if isIn { chainNewest[chain] = frame.number }
        }
    }

    /// Without start and end of frame.
    private func descriptor(_ frame: SentFrame, _ chainDiffs: [Int], hasStructure: Bool, active: Int?) -> [UInt8] {
        var bits = BitWriter()
        bits.put(0, 2)
        bits.put((idOffset + layers.firstIndex { $0 == (frame.spatial, frame.temporal) }!) % 64, 6)
        bits.put(frame.number & 0xFFFF, 16)
        bits.put(hasStructure ? 1 : 0, 1)
        let isMasked = active.map { $0 < scheme.spatialLayers } ?? false
        bits.put(isMasked ? 1 : 0, 1)
        bits.put(7, 3)
        if hasStructure { putStructure(&bits) }
        if isMasked { bits.put((1 << (active! * scheme.temporalLayers)) - 1, layers.count) }
        for target in layers { bits.put(indication(frame, target.spatial, target.temporal), 2) }
        for reference in frame.references {
            let back = frame.number - reference.number - 1
            let size = back < 16 ? 1 : (back < 256 ? 2 : 3)
            bits.put(size, 2)
            bits.put(back, 4 * size)
        }
        bits.put(0, 2)
        for diff in chainDiffs { bits.put(diff, 8) }
        return bits.bytes
    }

    private func putStructure(_ bits: inout BitWriter) {
        bits.put(idOffset, 6)
        bits.put(layers.count - 1, 5)
        for place in layers.indices {
            let isLast = place == layers.count - 1
            bits.put(isLast ? 3 : (layers[place + 1].spatial > layers[place].spatial ? 2 : 1), 2)
        }
        for frame in layers {
            for target in layers {
                bits.put(template(frame.spatial, frame.temporal, target.spatial, target.temporal), 2)
            }
        }
        for _ in layers { bits.put(0, 1) }
        bits.putNonSymmetric(scheme.spatialLayers, layers.count + 1)
        for target in layers { bits.putNonSymmetric(target.spatial, scheme.spatialLayers) }
        for _ in layers { for _ in 0..<scheme.spatialLayers { bits.put(1, 4) } }
        bits.put(0, 1)
    }

    /// What a frame that is no keyframe's is to a decode target, the best that may be said of all of them: required.
    private func template(_ spatial: Int, _ temporal: Int, _ target: Int, _ frames: Int) -> Int {
        if spatial > target || temporal > frames { return 0 }
        return scheme.isKeySvc && spatial < target ? 0 : 3
    }

    /// Appendix A.4: 0 not present, 1 discardable, 2 switch, 3 required.
    private func indication(_ frame: SentFrame, _ target: Int, _ frames: Int) -> Int {
        if frame.isKeyframe { return frame.spatial <= target ? 2 : 0 }
        let usual = template(frame.spatial, frame.temporal, target, frames)
        guard usual != 0, frame.spatial == target else { return usual }
        // Those that follow refer to nothing before this picture, but for lower temporal layers.
        return frame.temporal <= frames && (frame.picture.isClean && frame.picture.phase == 0 || frames == 0) ? 2 : 3
    }
}

/// The most significant bit first.
struct BitWriter {
    private(set) var bytes: [UInt8] = []
    private var free = 0

    mutating func put(_ value: Int, _ count: Int) {
        for step in (0..<count).reversed() {
            if free == 0 {
                bytes.append(0)
                free = 8
            }
            free -= 1
            bytes[bytes.count - 1] |= UInt8(value >> step & 1) << UInt8(free)
        }
    }

    /// ns(n) of the AV1 specification §4.10.7.
    mutating func putNonSymmetric(_ value: Int, _ count: Int) {
        guard count > 1 else { return }
        let width = Int.bitWidth - count.leadingZeroBitCount
        let short = (1 << width) - count
        if value < short {
            put(value, width - 1)
        } else {
            put((value + short) >> 1, width - 1)
            put((value + short) & 1, 1)
        }
    }
}
