import Contract
import Forward
import Memory
import Secure
import Wire

/// Compound RTCP packets for one peer, built in cells and sealed when they are full or done (RFC 3711 §3.4; reduced size,
/// RFC 5506).
struct RtcpOutbox {
    /// Leaves room for the SRTCP trailer within 1200 bytes.
    static let bytesMax = 1160

    private var cell = endOfChain
    var writer: ByteWriter?

    /// Room for `bytes` more; false when no cell is free.
    mutating func makeRoom(_ bytes: Int, for peer: RtcpDestination, engine: inout Engine, departures: inout Departures)
        -> Bool
    {
        if let writer, writer.remaining >= bytes { return true }
        finish(peer, engine: &engine, departures: &departures)
        guard let taken = departures.takeCell() else { return false }
        cell = taken
        writer = ByteWriter(UnsafeMutableRawBufferPointer(start: departures.memory(of: taken), count: Self.bytesMax))
        return true
    }

    /// Appends one packet for which `makeRoom` has made room.
    @inline(__always)
    mutating func put(_ write: (inout ByteWriter) throws(WireError) -> Void) {
        guard var current = writer else { return }
        let start = current.count
        do {
            try write(&current)
        } catch {
            // It did not fit after all; what was written of it is taken back.
            current.rewind(to: start)
        }
        writer = current
    }

    /// Seals and pushes what was written.
    mutating func finish(_ peer: RtcpDestination, engine: inout Engine, departures: inout Departures) {
        guard let written = writer else { return }
        writer = nil
        guard written.count > 0 else { return departures.giveBack(cell: cell) }
        let sealed = engine.sealRtcp(peer.index, packet: departures.memory(of: cell), length: written.count)
        engine.push(cell, bytes: sealed, to: peer.endpoint, &departures)
    }
}

/// Whom RTCP is for.
struct RtcpDestination {
    var index: UInt32
    var endpoint: Endpoint
}
