import CPlatform
import Glibc
import Memory

/// The backend for hosts that refuse io_uring: ppoll, recvmmsg and sendmmsg, with the same buffers, cells and counters.
struct MmsgPort: ~Copyable {
    let socket: Int32
    let bell: Int32
    let slots: SendSlots
    let mergesSegments: Bool
    let buffers: UnsafeMutableRawPointer
    /// Buffers that no burst holds; the last one given back is used first.
    let freeBuffers: UnsafeMutablePointer<UInt32>
    var freeBufferCount: Int
    let bufferCount: Int
    let receiveMessages: UnsafeMutablePointer<cp_message>
    let receiveSlots: UnsafeMutablePointer<cp_receive_slot>
    let sendMessages: UnsafeMutablePointer<cp_message>
    /// Runs that the kernel has not taken yet, oldest first.
    let outgoing: UnsafeMutablePointer<Outgoing>
    let outgoingMask: Int
    var head = 0
    var tail = 0
    /// The socket's send buffer was full at the last attempt.
    var isBlocked = false
    var bellRang = false
    /// Nothing is to be read: another process is about to.
    var isHeld = false
    var pause = ReceivePause()
    let tcpPlace: UnsafeMutablePointer<TcpConnections>
    /// What epoll tells at once.
    let readyConnections: UnsafeMutablePointer<cp_ready>
    var counters = PortCounters()

    /// Messages of one call. The gain of more than eight is small (and the arrays are touched in full).
    static let batch = 64
    static let bufferBytes = 65536
    static let bufferStride = bufferBytes + 192

    /// A run in the queue. `sentBytes` is what has left already where the kernel takes no segmented sends.
    struct Outgoing: BitwiseCopyable {
        var cell: UInt32
        var byteCount: UInt32
        var segmentBytes: UInt16
        var segments: UInt16
        var sentBytes: UInt32
    }

    static func arenaBytes(_ configuration: PortConfiguration) -> Int {
        let queue = PortConfiguration.powerOfTwo(atLeast: configuration.runs)
        let message = MemoryLayout<cp_message>.stride * 2 + MemoryLayout<cp_receive_slot>.stride
        return configuration.receiveBuffers * (bufferStride + 4) + 4096 + 64 + batch * message + 192
            + Int(CP_READY_MAX) * MemoryLayout<cp_ready>.stride + 64
            + queue * MemoryLayout<Outgoing>.stride + 64
    }

    init(
        socket: PortSocket, bell: Int32, configuration: PortConfiguration, slots: SendSlots, mergesSegments: Bool,
        arena: inout Arena
    ) throws(PortError) {
        guard let place = TcpConnections.allocate(capacity: configuration.connections, usesEpoll: true) else {
            throw .noMemory
        }
        tcpPlace = place
        readyConnections = arena.take(cp_ready.self, count: Int(CP_READY_MAX))
        self.socket = socket.descriptor
        self.bell = bell
        self.slots = slots
        self.mergesSegments = mergesSegments
        bufferCount = configuration.receiveBuffers
        buffers = arena.takeBytes(bufferCount * Self.bufferStride, alignment: 4096)
        freeBuffers = arena.take(UInt32.self, count: bufferCount)
        for index in 0..<bufferCount { freeBuffers[index] = UInt32(bufferCount - 1 - index) }
        freeBufferCount = bufferCount
        receiveMessages = arena.take(cp_message.self, count: Self.batch)
        receiveSlots = arena.take(cp_receive_slot.self, count: Self.batch)
        sendMessages = arena.take(cp_message.self, count: Self.batch)
        let queue = PortConfiguration.powerOfTwo(atLeast: configuration.runs)
        outgoing = arena.take(Outgoing.self, count: queue)
        outgoingMask = queue - 1
    }

    deinit { TcpConnections.free(tcpPlace) }

    /// By addressors, since coroutines allocate in debug builds.
    var tcp: TcpConnections {
        unsafeAddress { UnsafePointer(tcpPlace) }
        unsafeMutableAddress { tcpPlace }
    }

    func memory(of buffer: UInt32) -> UnsafeMutableRawPointer { buffers + Int(buffer) * Self.bufferStride }
}

extension MmsgPort {
    mutating func exchange(_ departures: inout Departures, _ arrivals: inout Arrivals, deadline: UInt64) {
        tcp.endStrangers()
        queue(&departures)
        send(&departures)
        askForTcp()
        if !pause.isOver { pause.pass(now: cp_now()) }
        let wantRead = freeBufferCount > 0 && pause.isOver && !isHeld
        let ready = wait(
            wantRead: wantRead, timeout: tcp.ready.isEmpty ? UringPort.timeout(until: pause.limit(deadline)) : 0)
        if ready & 4 != 0 { hearBell() }
        if ready & 2 != 0 { send(&departures) }
        if ready & 8 != 0 { serveTcp() }
        tcp.deliver(&arrivals)
        if ready & 1 != 0, pause.isOver, !isHeld { receive(&arrivals) }
        if freeBufferCount == 0 { counters.receiveNoBuffers &+= 1 }
    }

    mutating func flush(_ departures: inout Departures) {
        queue(&departures)
        send(&departures)
        askForTcp()
        while departures.freeCount == 0, head != tail {
            counters.kernelEnters &+= 1
            _ = cp_wait(socket, false, true, -1, -1, -1)
            send(&departures)
        }
    }

    mutating func recycle(_ arrivals: inout Arrivals) {
        for index in 0..<arrivals.count where arrivals[index].buffer != Arrival.noBuffer {
            precondition(freeBufferCount < bufferCount, "a receive buffer came home twice")
            freeBuffers[freeBufferCount] = arrivals[index].buffer
            freeBufferCount += 1
        }
        tcp.recycle()
        arrivals.removeAll()
    }

    mutating func ringBell(_ bell: Int32) {
        counters.bellsRung &+= 1
        counters.kernelEnters &+= 1
        cp_ring_bell(bell)
    }

    private mutating func wait(wantRead: Bool, timeout: Int64) -> Int32 {
        counters.kernelEnters &+= 1
        // ppoll tells of a socket's errors also where nothing is wanted of it.
        let result = cp_wait(
            wantRead || isBlocked ? socket : -1, wantRead, isBlocked, bell, tcp.epoll, timeout)
        precondition(result >= 0 || result == -EINTR || result == -ENOMEM, "ppoll was misused")
        return max(result, 0)
    }

    private mutating func hearBell() {
        counters.kernelEnters &+= 1
        cp_clear_bell(bell)
        bellRang = true
        counters.bellsHeard &+= 1
    }

    // MARK: Sending

    private mutating func queue(_ departures: inout Departures) {
        let count = departures.count
        guard count > 0 else { return }
        for index in 0..<count {
            let run = departures[index]
            if run.destination.isTcp {
                tcp.enqueue(run, bytes: departures.memory(of: run.cell))
                departures.giveBack(cell: run.cell)
                continue
            }
            slots.fill(run, bytes: departures.memory(of: run.cell))
            counters.sends &+= 1
            counters.segments &+= UInt64(run.segments)
            counters.bytesSent &+= UInt64(run.byteCount)
            outgoing[tail & outgoingMask] = Outgoing(
                cell: run.cell, byteCount: run.byteCount, segmentBytes: run.segmentBytes, segments: run.segments,
                sentBytes: 0)
            tail &+= 1
        }
        departures.removeAll()
    }

    private mutating func send(_ departures: inout Departures) {
        isBlocked = false
        while head != tail, !isBlocked {
            if !mergesSegments, outgoing[head & outgoingMask].segments > 1 {
                sendOneByOne(&departures)
            } else {
                sendBatch(&departures)
            }
        }
    }

    private mutating func sendBatch(_ departures: inout Departures) {
        var count = 0
        while count < Self.batch, head &+ count != tail {
            let entry = outgoing[(head &+ count) & outgoingMask]
            if !mergesSegments, entry.segments > 1 { break }
            sendMessages[count] = slots.slot(of: entry.cell).pointee.message
            count += 1
        }
        counters.kernelEnters &+= 1
        let result = cp_sendmmsg(socket, sendMessages, UInt32(count))
        if result >= 0 {
            for _ in 0..<Int(result) { finishOldest(&departures) }
        } else {
            fail(-result, &departures)
        }
    }

    /// The oldest run was refused. An interrupted call is repeated by the caller's loop.
    private mutating func fail(_ errno: Int32, _ departures: inout Departures) {
        switch errno {
        case EINTR: break
        case EAGAIN:
            isBlocked = true
            counters.sendsDeferred &+= 1
        default:
            counters.sendErrors.count(errno)
            finishOldest(&departures)
        }
    }

    private mutating func finishOldest(_ departures: inout Departures) {
        departures.giveBack(cell: outgoing[head & outgoingMask].cell)
        head &+= 1
    }

    /// Where the kernel takes no segmented sends, each segment is a call. An error gives the rest of the run up.
    private mutating func sendOneByOne(_ departures: inout Departures) {
        let place = head & outgoingMask
        let cell = outgoing[place].cell
        let bytes = departures.memory(of: cell)
        while outgoing[place].sentBytes < outgoing[place].byteCount {
            let entry = outgoing[place]
            let count = min(entry.byteCount - entry.sentBytes, UInt32(entry.segmentBytes))
            counters.kernelEnters &+= 1
            let status = cp_send_part(socket, slots.slot(of: cell), bytes + Int(entry.sentBytes), Int(count))
            guard status == 0 else { return fail(-status, &departures) }
            outgoing[place].sentBytes += count
        }
        finishOldest(&departures)
    }

    // MARK: Receiving

    private mutating func receive(_ arrivals: inout Arrivals) {
        while freeBufferCount > 0, !arrivals.isFull {
            // Two calls: min of three takes its arguments in an array.
            let count = min(min(Self.batch, freeBufferCount), arrivals.capacity - arrivals.count)
            for index in 0..<count {
                let buffer = freeBuffers[freeBufferCount - 1 - index]
                cp_receive_prepare(receiveMessages + index, receiveSlots + index, memory(of: buffer), Self.bufferBytes)
            }
            counters.kernelEnters &+= 1
            let result = cp_recvmmsg(socket, receiveMessages, UInt32(count))
            guard result > 0 else {
                if result != -EAGAIN && result != -EINTR { failReceive() }
                return
            }
            pause.succeeded()
            take(Int(result), &arrivals)
            if Int(result) < count { return }
        }
    }

    private mutating func failReceive() {
        counters.receiveErrors &+= 1
        if pause.failed(now: cp_now()) { counters.receivePauses &+= 1 }
    }

    private mutating func take(_ count: Int, _ arrivals: inout Arrivals) {
        for index in 0..<count {
            freeBufferCount -= 1
            let arrival = arrival(index, freeBuffers[freeBufferCount])
            counters.count(arrival)
            _ = arrivals.append(arrival)
        }
    }

    private func arrival(_ index: Int, _ buffer: UInt32) -> Arrival {
        let header = receiveMessages[index].msg_hdr
        let byteCount = receiveMessages[index].msg_len
        // Always there: these sockets receive from IPv4 and IPv6 only.
        let source = endpoint(ofName: header.msg_name, length: Int(header.msg_namelen)) ?? .none
        let merged = header.msg_controllen > 0 ? cp_gro_segment(header.msg_control, header.msg_controllen) : 0
        return Arrival(
            bytes: memory(of: buffer), byteCount: byteCount,
            segmentBytes: merged == 0 ? byteCount : min(merged, byteCount), source: source, buffer: buffer,
            isTruncated: header.msg_flags & 0x20 != 0)  // MSG_TRUNC
    }
}
