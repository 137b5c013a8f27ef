extension DependencyStructure {
    /// Appendix A.8.2, template_dependency_structure(). Replaces what was here; invalid when it throws.
    @_noLocks
    mutating func parse(_ reader: inout BitReader, _ span: borrowing RawSpan) throws(WireError) {
        isValid = false
        templateIdOffset = UInt8(truncatingIfNeeded: reader.read(6, span))
        decodeTargetCount = Int(reader.read(5, span)) &+ 1
        try parseLayers(&reader, span)
        parseIndications(&reader, span)
        try parseFrameDiffs(&reader, span)
        try parseChains(&reader, span)
        findTargetLayers()
        parseResolutions(&reader, span)
        guard !reader.isExhausted else { throw .truncated }
        activeDecodeTargets = UInt32.max >> UInt32(32 &- decodeTargetCount)
        isValid = true
    }

    /// template_layers(): each step says whether the next template is of the same layer, the next temporal one, the next
    /// spatial one, or whether there is none.
    @_noLocks
    private mutating func parseLayers(_ reader: inout BitReader, _ span: borrowing RawSpan) throws(WireError) {
        var spatial: UInt8 = 0
        var temporal: UInt8 = 0
        templateCount = 0
        temporalLayerCount = 1
        while true {
            // At most 64 templates, 4 spatial and 8 temporal layers (A.8.3, AV1 §6.4.1).
            guard !reader.isExhausted else { throw .truncated }
            guard templateCount < 64, spatial < 4, temporal < 8 else { throw .malformed }
            var template = DependencyTemplate()
            template.spatialId = spatial
            template.temporalId = temporal
            templates[templateCount] = template
            templateCount &+= 1
            if Int(temporal) >= temporalLayerCount { temporalLayerCount = Int(temporal) &+ 1 }
            switch reader.read(2, span) {
            case 0: break
            case 1: temporal &+= 1
            case 2:
                temporal = 0
                spatial &+= 1
            default:
                spatialLayerCount = Int(spatial) &+ 1
                return
            }
        }
    }

    /// template_dtis()
    @_noLocks
    private mutating func parseIndications(_ reader: inout BitReader, _ span: borrowing RawSpan) {
        for index in 0..<templateCount {
            templates[index].indications = reader.indications(decodeTargetCount, span)
        }
    }

    /// template_fdiffs()
    @_noLocks
    private mutating func parseFrameDiffs(_ reader: inout BitReader, _ span: borrowing RawSpan) throws(WireError) {
        for index in 0..<templateCount {
            var left = 16
            while reader.flag(span) {
                // A reference that is named twice says nothing new; this bounds the loop.
                guard left > 0 else { throw .malformed }
                left &-= 1
                templates[index].frameDiffs |= 1 << UInt16(reader.read(4, span))
            }
        }
    }

    /// template_chains()
    @_noLocks
    private mutating func parseChains(_ reader: inout BitReader, _ span: borrowing RawSpan) throws(WireError) {
        chainCount = reader.nonSymmetric(decodeTargetCount &+ 1, span)
        guard chainCount > 0, !reader.isExhausted else { return }
        guard chainCount <= decodeTargetCount else { throw .malformed }
        for target in 0..<decodeTargetCount {
            protectingChain[target] = UInt8(truncatingIfNeeded: reader.nonSymmetric(chainCount, span))
        }
        for index in 0..<templateCount {
            for chain in 0..<chainCount {
                let diff = UInt64(reader.read(4, span)) << UInt64(4 &* (chain & 15))
                if chain < 16 {
                    templates[index].chainDiffsLow |= diff
                } else {
                    templates[index].chainDiffsHigh |= diff
                }
            }
        }
    }

    /// decode_target_layers(): the highest layers of the templates that are present in a target.
    @_noLocks
    private mutating func findTargetLayers() {
        for target in 0..<decodeTargetCount {
            targetSpatialId[target] = 0
            targetTemporalId[target] = 0
            for index in 0..<templateCount where (templates[index].indications >> UInt64(2 &* target)) & 3 != 0 {
                targetSpatialId[target] = Swift.max(targetSpatialId[target], templates[index].spatialId)
                targetTemporalId[target] = Swift.max(targetTemporalId[target], templates[index].temporalId)
            }
        }
    }

    /// render_resolutions()
    @_noLocks
    private mutating func parseResolutions(_ reader: inout BitReader, _ span: borrowing RawSpan) {
        hasResolutions = reader.flag(span)
        for layer in 0..<4 {
            let isTold = hasResolutions && layer < spatialLayerCount
            widths[layer] = isTold ? reader.read(16, span) &+ 1 : 0
            heights[layer] = isTold ? reader.read(16, span) &+ 1 : 0
        }
    }
}

extension BitReader {
    /// Two bits for each of `count` decode targets, gathered so that target 0 is lowest.
    @_noLocks
    mutating func indications(_ count: Int, _ span: borrowing RawSpan) -> UInt64 {
        var bits: UInt64 = 0
        for target in 0..<count { bits |= UInt64(read(2, span)) << UInt64(2 &* target) }
        return bits
    }
}
