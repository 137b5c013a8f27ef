/// A packet on the link.
struct LinkPacket {
    /// Sender's place; -1 for cross traffic.
    var flow: Int
    var number: UInt16
    var bytes: Int
    var isProbe: Bool
    var enteredNanoseconds: UInt64
}

/// A queue of bounded length that drops at its tail, and a link that serves it at a rate that changes.
struct Bottleneck {
    private var queue: [LinkPacket] = []
    private var head = 0
    private(set) var queuedBytes = 0
    /// Bits that the link could have sent and has not.
    private var credit = 0.0
    private(set) var dropped = 0

    var isEmpty: Bool { head == queue.count }

    /// `bytesMax` is what waits at most at the present rate. The packet that the link is sending waits no more: a queue of 50 ms
    /// holds that much beside it, also where the packet itself takes 32 ms.
    mutating func add(_ packet: LinkPacket, bytesMax: Int) {
        guard isEmpty || queuedBytes - queue[head].bytes + packet.bytes <= bytesMax else {
            dropped += 1
            return
        }
        queue.append(packet)
        queuedBytes += packet.bytes
    }

    /// Serves for a moment of `bits`; what has left.
    mutating func serve(bits: Double, _ leave: (LinkPacket) -> Void) {
        guard !isEmpty else {
            credit = 0
            return
        }
        credit += bits
        while !isEmpty, Double(queue[head].bytes * 8) <= credit {
            credit -= Double(queue[head].bytes * 8)
            queuedBytes -= queue[head].bytes
            leave(queue[head])
            head += 1
        }
        if isEmpty { credit = 0 }
        if head > 512 {
            queue.removeFirst(head)
            head = 0
        }
    }
}
