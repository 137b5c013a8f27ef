import Memory

/// Frames (RFC 4571 §2): two bytes of length, most significant first, then a datagram.
extension TcpConnections {
    static let lengthBytes = 2
    /// Arrivals of one burst that may be TCP's, so that datagrams always find room too.
    static let arrivalsMax = 128

    // MARK: Receiving

    /// Where the kernel may write next.
    func receiveSpace(_ index: Int) -> (bytes: UnsafeMutableRawPointer, count: UInt32) {
        let filled = connections[index].filled
        return (receiveBuffer(index) + filled, UInt32(truncatingIfNeeded: Self.receiveBytes - filled))
    }

    /// The kernel has received `count` bytes; 0 or less: the connection is over.
    mutating func received(_ index: Int, count: Int) {
        if count <= 0 {
            end(index)
        } else if !connections[index].isEnding {
            connections[index].filled &+= count
            announce(index)
        }
        release(index, .receiving)
    }

    /// Appends what has come, as far as there is room.
    mutating func deliver(_ arrivals: inout Arrivals) {
        let limit = min(Self.arrivalsMax, max(arrivals.capacity / 2, 1))
        var left = ready.count
        while left > 0, arrivals.count < limit, let index = nextReady() {
            left -= 1
            let isEmptied = deliver(index, &arrivals, limit: limit)
            if isEmptied { release(index, .ready) } else { requeue(index) }
        }
    }

    /// True when nothing whole is left.
    private mutating func deliver(_ index: Int, _ arrivals: inout Arrivals, limit: Int) -> Bool {
        while !connections[index].isEnding, let length = nextLength(index) {
            guard length > 0, length <= recordBytesMax else {
                counters.badFrames &+= 1
                end(index)
                break
            }
            let start = connections[index].parsed &+ Self.lengthBytes
            guard start &+ length <= connections[index].filled else { break }
            guard arrivals.count < limit else { return false }
            append(receiveBuffer(index) + start, length, of: index, &arrivals)
            connections[index].parsed = start &+ length
            counters.framesReceived &+= 1
        }
        return deliverEnd(index, &arrivals, limit: limit)
    }

    /// The length of the frame that begins next; nil when its length has not come.
    private func nextLength(_ index: Int) -> Int? {
        let parsed = connections[index].parsed
        guard connections[index].filled &- parsed >= Self.lengthBytes else { return nil }
        return Int(UInt16(bigEndian: receiveBuffer(index).loadUnaligned(fromByteOffset: parsed, as: UInt16.self)))
    }

    private mutating func deliverEnd(_ index: Int, _ arrivals: inout Arrivals, limit: Int) -> Bool {
        if connections[index].mustTell {
            guard arrivals.count < limit else { return false }
            connections[index].mustTell = false
            append(receiveBuffer(index), 0, of: index, &arrivals)
        } else if !connections[index].isEnding, !connections[index].holds.contains(.lent) {
            makeRoom(index)
        }
        return true
    }

    private mutating func append(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, of index: Int, _ arrivals: inout Arrivals
    ) {
        let byteCount = UInt32(truncatingIfNeeded: count)
        _ = arrivals.append(
            Arrival(
                bytes: bytes, byteCount: byteCount, segmentBytes: byteCount, source: connections[index].source,
                buffer: Arrival.noBuffer))
        lend(index)
    }

    /// The burst is over: what is left of a frame moves to the front, and more can be received.
    mutating func recycle() {
        while let index = nextLent() {
            if !connections[index].isEnding, !connections[index].holds.contains(.ready) { makeRoom(index) }
            release(index, .lent)
        }
    }

    private mutating func makeRoom(_ index: Int) {
        let parsed = connections[index].parsed
        let left = connections[index].filled &- parsed
        if parsed > 0 {
            if left > 0 { receiveBuffer(index).copyMemory(from: receiveBuffer(index) + parsed, byteCount: left) }
            connections[index].filled = left
            connections[index].parsed = 0
        }
        if !connections[index].holds.contains(.receiving) { wait(index, toReceive: true) }
    }

    // MARK: Sending

    /// Puts a run's segments into the ring of the connection that it goes to, one frame each.
    mutating func enqueue(_ run: Run, bytes: UnsafeRawPointer) {
        guard let index = index(of: run.destination.connection), !connections[index].isEnding else {
            counters.lateFrames &+= UInt64(run.segments)
            return
        }
        var offset = 0
        var urgent = run.urgent
        while offset < Int(run.byteCount) {
            let count = min(max(Int(run.segmentBytes), 1), Int(run.byteCount) - offset)
            enqueue(bytes + offset, count, isUrgent: urgent & 1 != 0, to: index)
            urgent >>= 1
            offset += count
        }
        let hasFrames = connections[index].sendHead != connections[index].sendTail
        if hasFrames, !connections[index].holds.contains(.sending) { wait(index, toReceive: false) }
    }

    private mutating func enqueue(_ bytes: UnsafeRawPointer, _ count: Int, isUrgent: Bool, to index: Int) {
        let waiting = Int(connections[index].sendTail &- connections[index].sendHead)
        let limit = isUrgent ? Self.sendBytes : Self.videoBytesMax
        guard waiting + Self.lengthBytes + count <= limit else {
            if isUrgent { counters.urgentDropped &+= 1 } else { counters.videoDropped &+= 1 }
            return
        }
        var length = UInt16(truncatingIfNeeded: count).bigEndian
        write(&length, Self.lengthBytes, to: index)
        write(bytes, count, to: index)
        counters.framesSent &+= 1
    }

    private mutating func write(_ bytes: UnsafeRawPointer, _ count: Int, to index: Int) {
        let start = Int(connections[index].sendTail) & (Self.sendBytes - 1)
        let first = min(count, Self.sendBytes - start)
        (sendRing(index) + start).copyMemory(from: bytes, byteCount: first)
        if first < count { sendRing(index).copyMemory(from: bytes + first, byteCount: count - first) }
        connections[index].sendTail &+= UInt32(truncatingIfNeeded: count)
    }

    /// What is to be sent next, up to the ring's end.
    func sendPart(_ index: Int) -> (bytes: UnsafeMutableRawPointer, count: UInt32) {
        let start = Int(connections[index].sendHead) & (Self.sendBytes - 1)
        let waiting = Int(connections[index].sendTail &- connections[index].sendHead)
        return (sendRing(index) + start, UInt32(truncatingIfNeeded: min(waiting, Self.sendBytes - start)))
    }

    /// The kernel has taken `count` bytes; 0 or less: the connection is over.
    mutating func sent(_ index: Int, count: Int) {
        if count <= 0 {
            end(index)
        } else if !connections[index].isEnding {
            connections[index].sendHead &+= UInt32(truncatingIfNeeded: count)
            if connections[index].sendHead != connections[index].sendTail { wait(index, toReceive: false) }
        }
        release(index, .sending)
    }
}

extension TcpConnections {
    /// Not everything found room: its turn comes again, after the others'.
    private mutating func requeue(_ index: Int) {
        connections[index].holds.remove(.ready)
        announce(index)
    }
}
