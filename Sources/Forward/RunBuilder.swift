import Contract
import Memory

/// Lays packets for one destination one behind the other, and closes the run when the next packet does not fit the rule
/// of UDP_SEGMENT: all segments of one size, but for the last, which may be shorter.
@frozen
public struct RunBuilder: BitwiseCopyable {
    private var cell: UInt32 = endOfChain
    private var memory: UnsafeMutableRawPointer? = nil
    private var byteCount = 0
    private var segmentBytes = 0
    private var segments = 0
    private var endsWithShortSegment = false
    private var destination = Endpoint.none
    private var urgent: UInt64 = 0

    public init() {}

    public var isOpen: Bool { cell != endOfChain }

    /// Where the next packet of `bytes` goes. Nil when a new run is needed and no cell is free: send what is pushed,
    /// then ask again.
    public mutating func place(
        for bytes: Int, destination: Endpoint, departures: inout Departures
    ) -> UnsafeMutableRawPointer? {
        if isOpen, !takes(bytes) { close(&departures) }
        if !isOpen {
            guard let taken = departures.takeCell() else { return nil }
            cell = taken
            memory = departures.memory(of: taken)
            byteCount = 0
            segments = 0
            segmentBytes = bytes
            endsWithShortSegment = false
            urgent = 0
            self.destination = destination
        }
        return memory! + byteCount
    }

    /// The packet asked for by `place` has been written. `isUrgent`: sound, which goes before video.
    public mutating func append(_ bytes: Int, isUrgent: Bool = false) {
        precondition(isOpen && bytes <= segmentBytes)
        if isUrgent { urgent |= 1 &<< UInt64(segments) }
        byteCount += bytes
        segments += 1
        if bytes < segmentBytes { endsWithShortSegment = true }
    }

    private func takes(_ bytes: Int) -> Bool {
        !endsWithShortSegment && bytes <= segmentBytes && segments < Limits.segmentsMax
            && byteCount + bytes <= Departures.runBytesMax
    }

    /// Hands the run over, or gives its cell back when nothing was written.
    public mutating func close(_ departures: inout Departures) {
        guard isOpen else { return }
        if segments == 0 {
            departures.giveBack(cell: cell)
        } else {
            departures.push(
                Run(
                    cell: cell, byteCount: UInt32(byteCount), segmentBytes: UInt16(segmentBytes),
                    segments: UInt16(segments), destination: destination, urgent: urgent))
        }
        cell = endOfChain
    }
}
