import CUring
import Memory

/// A port that rests while another process may read its sockets.
extension Port {
    /// The kernel is to receive nothing more for this port; what it has received comes out of `exchange` as ever, and what is
    /// queued has left. False when the kernel does not let go within a quarter of a second: call `release` then.
    public mutating func hold(_ departures: inout Departures) -> Bool {
        switch state {
        case .uring(let port): port.pointee.hold(&departures)
        case .mmsg(let port): port.pointee.hold(&departures)
        }
    }

    /// Goes on receiving with the next `exchange`.
    public mutating func release() {
        switch state {
        case .uring(let port): port.pointee.isHeld = false
        case .mmsg(let port): port.pointee.isHeld = false
        }
    }
}

extension UringPort {
    mutating func hold(_ departures: inout Departures) -> Bool {
        isHeld = true
        flush(&departures)
        if isReceiving, makeRoom(&departures) {
            note(Self.noCell)
            cu_cancel(ring, Tag.of(Tag.receive), Tag.of(Tag.ring))
        }
        var left = 250
        while isUnderWay, left > 0 {
            sendRefusedAgain(&departures)
            enter(&departures, reap: true, wait: 1, timeout: 1_000_000)
            left -= 1
        }
        return !isReceiving && !patient.isReading
    }

    private var isUnderWay: Bool { isReceiving || patient.isReading || waitingSends > 0 }
}

extension MmsgPort {
    mutating func hold(_ departures: inout Departures) -> Bool {
        isHeld = true
        flush(&departures)
        return true
    }
}
