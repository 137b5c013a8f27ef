import CPlatform
import CUring
import Glibc
import Memory

/// What a completion is about: the kind in the upper half of its tag, a cell in the lower.
enum Tag {
    static let receive: UInt64 = 0
    static let bell: UInt64 = 1
    static let quietSend: UInt64 = 2
    static let waitingSend: UInt64 = 3
    static let ring: UInt64 = 4
    static let tcpReceive: UInt64 = 5
    static let tcpSend: UInt64 = 6
    static let zeroCopySend: UInt64 = 7
    static let patientReceive: UInt64 = 8
    static let patientWatch: UInt64 = 9

    static func of(_ kind: UInt64, _ cell: UInt32 = 0) -> UInt64 { kind << 32 | UInt64(cell) }
}

extension UringPort {
    mutating func exchange(_ departures: inout Departures, _ arrivals: inout Arrivals, deadline: UInt64) {
        tcp.endStrangers()
        let isBusy = departures.count > 0
        queue(&departures)
        sendRefusedAgain(&departures)
        if !pause.isOver { pause.pass(now: cp_now()) }
        arm(&departures)
        // Sends complete at once as a rule. Reaped before the wait, they do not end it.
        let asksForTcp = askForTcp(&departures)
        let readsPatient = askForPatient(&departures, isBusy: isBusy)
        if asksForTcp || readsPatient { enter(&departures, reap: false) }
        let mayWait = !hasNews
        let limit = min(pause.limit(deadline), patientDeadline)
        let timeout = mayWait ? Self.timeout(until: limit) : 0
        if zeroCopyUnderWay > 0 { takeNotifications(&departures) }
        rest(&departures, timeout: hasNews ? 0 : timeout)
        if patient.hasRung, askForPatient(&departures, isBusy: false) { enter(&departures, reap: false) }
        let waited = patient.takeCount()
        deliver(&arrivals)
        guard gathering.interval > 0 else { return }
        gathering.woke(now: cp_now(), receives: max(0, arrivals.count - waited), sends: counters.sends)
    }

    /// Something is there already for the engine.
    private var hasNews: Bool { !pending.isEmpty || bellRang || !tcp.ready.isEmpty }

    /// Submits, and unless `timeout` is 0 waits as the configuration says.
    private mutating func rest(_ departures: inout Departures, timeout: Int64) {
        guard timeout != 0 else { return enter(&departures, reap: true) }
        var left = timeout
        if waiting.spinMicroseconds > 0 {
            let spun = spin(&departures, timeout: timeout)
            guard !hasNews, spun < timeout || timeout < 0 else { return }
            if timeout > 0 { left = timeout - spun }
        }
        let batch =
            gathering.interval > 0
            ? gathering.minimum(now: cp_now(), sends: counters.sends) : waiting.batchMicroseconds
        enter(
            &departures, reap: true, wait: batch > 0 ? Waiting.batchDatagrams : 1, timeout: left, minimum: batch)
    }

    /// Looks again and again without sleeping; the nanoseconds that it took.
    private mutating func spin(_ departures: inout Departures, timeout: Int64) -> Int64 {
        let start = cp_now()
        let most = Int64(waiting.spinMicroseconds) * 1000
        let limit = timeout < 0 ? most : min(most, timeout)
        var spent: Int64 = 0
        while !hasNews, spent < limit {
            enter(&departures, reap: true)
            spent = Int64(cp_now() - start)
        }
        return spent
    }

    mutating func flush(_ departures: inout Departures) {
        queue(&departures)
        _ = askForTcp(&departures)
        if cu_waiting(ring) > 0 { enter(&departures, reap: false) }
        while departures.freeCount == 0, waitingSends > 0 {
            sendRefusedAgain(&departures)
            enter(&departures, reap: true, wait: UInt32(max(1, min(zeroCopyUnderWay, Self.notificationsWanted))))
        }
    }

    mutating func recycle(_ arrivals: inout Arrivals) {
        var count = 0
        for index in 0..<arrivals.count where arrivals[index].buffer != Arrival.noBuffer {
            provide(arrivals[index].buffer, offset: count)
            count += 1
        }
        if count > 0 { cu_publish(ring, Int32(count)) }
        kernelBuffers += count
        tcp.recycle()
        arrivals.removeAll()
    }

    /// Rides along with the next enter; when there is no room, by a system call of its own.
    mutating func ringBell(_ bell: Int32) {
        counters.bellsRung &+= 1
        guard !cu_is_full(ring) else {
            cp_ring_bell(bell)
            return
        }
        note(Self.noCell)
        cu_ring_bell(ring, bell, Tag.of(Tag.ring))
    }

    /// Nanoseconds to wait: 0 when the deadline has passed, negative for no deadline.
    static func timeout(until deadline: UInt64) -> Int64 {
        guard deadline != .max else { return -1 }
        let now = cp_now()
        return deadline > now ? Int64(clamping: deadline - now) : 0
    }

    // MARK: Submitting

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
            if makeRoom(&departures) {
                if run.byteCount >= zeroCopyBytes { sendWithoutCopy(run.cell) } else { send(run.cell, quiet: true) }
            } else {
                counters.sendErrors.count(ENOBUFS)
                departures.giveBack(cell: run.cell)
            }
        }
        departures.removeAll()
    }

    /// False when the kernel takes nothing: it is out of memory.
    mutating func makeRoom(_ departures: inout Departures) -> Bool {
        var attempts = 0
        while cu_is_full(ring) {
            guard attempts < 8 else { return false }
            // From the second time on let completions be posted too, in case they are what it waits for.
            enter(&departures, reap: attempts > 0)
            attempts += 1
        }
        return true
    }

    mutating func send(_ cell: UInt32, quiet: Bool) {
        note(quiet ? cell : Self.noCell)
        let slot = slots.slot(of: cell)
        let tag = Tag.of(quiet ? Tag.quietSend : Tag.waitingSend, cell)
        cu_send(ring, cp_send_slot_header(slot), quiet, tag)
    }

    /// Before every entry: which cell is free again once the kernel has taken the entry.
    mutating func note(_ cell: UInt32) {
        entryCells[Int(cu_next_entry(ring) & cu_entry_mask(ring))] = cell
    }

    /// Asks for the standing receive and the bell's watch where they have ended. Without buffers, and for a while after
    /// failures, the receive must wait.
    private mutating func arm(_ departures: inout Departures) {
        if !isReceiving, !isHeld, kernelBuffers > 0, pause.isOver, makeRoom(&departures) {
            note(Self.noCell)
            cu_receive(ring, Tag.of(Tag.receive))
            isReceiving = true
            counters.rearms &+= 1
        }
        if !isWatching, bell >= 0, makeRoom(&departures) {
            note(Self.noCell)
            cu_watch(ring, bell, Tag.of(Tag.bell))
            isWatching = true
            counters.rearms &+= 1
        }
    }

    mutating func enter(
        _ departures: inout Departures, reap: Bool, wait: UInt32 = 0, timeout: Int64 = -1, minimum: UInt32 = 0
    ) {
        counters.kernelEnters &+= 1
        let result = cu_enter_batch(ring, reap, wait, timeout, minimum)
        precondition(result != -EEXIST, "a port is used by the thread that made it")
        precondition(result != -EBADF && result != -EFAULT && result != -EINVAL, "io_uring_enter was misused")
        if cu_has_overflow(ring) { counters.completionOverflows &+= 1 }
        drain(&departures)
        settle(&departures)
    }

    /// Frees the cells of all quiet sends that the kernel has taken since the last time. Those that found no room are
    /// queued again; there is an entry for each, because each had one in what was just submitted.
    private mutating func settle(_ departures: inout Departures) {
        let submitted = cu_submitted(ring)
        while settled != submitted {
            let cell = entryCells[Int(settled & cu_entry_mask(ring))]
            settled &+= 1
            guard cell != Self.noCell else { continue }
            if isDeferred[Int(cell)] {
                isDeferred[Int(cell)] = false
                waitingSends += 1
                counters.sendsDeferred &+= 1
                send(cell, quiet: false)
            } else {
                departures.giveBack(cell: cell)
            }
        }
    }

    // MARK: Reaping

    private mutating func drain(_ departures: inout Departures) {
        var completion = cu_completion()
        while cu_reap(ring, &completion) {
            let cell = UInt32(truncatingIfNeeded: completion.tag)
            switch completion.tag >> 32 {
            case Tag.receive: received(completion)
            case Tag.bell: heardBell(completion)
            case Tag.patientReceive: receivedPatient(completion)
            case Tag.patientWatch: patient.rang()
            case Tag.quietSend: refused(cell, -completion.result)
            case Tag.waitingSend:
                if completion.result < 0 { counters.sendErrors.count(-completion.result) }
                waitingSends -= 1
                departures.giveBack(cell: cell)
            case Tag.tcpReceive: receivedTcp(Int(cell), completion.result)
            case Tag.tcpSend: sentTcp(Int(cell), completion.result)
            case Tag.zeroCopySend: zeroCopyCompleted(cell, completion, &departures)
            default: break
            }
        }
    }

    private mutating func received(_ completion: cu_completion) {
        if completion.flags & UInt32(IORING_CQE_F_MORE) == 0 { isReceiving = false }
        if completion.flags & UInt32(IORING_CQE_F_BUFFER) != 0 {
            kernelBuffers -= 1
            pause.succeeded()
            pending.push(buffer: completion.flags >> 16, byteCount: UInt32(max(completion.result, 0)))
        } else if completion.result == -ENOBUFS {
            counters.receiveNoBuffers &+= 1
        } else if completion.result < 0 {
            counters.receiveErrors &+= 1
            if pause.failed(now: cp_now()) { counters.receivePauses &+= 1 }
        }
    }

    private mutating func heardBell(_ completion: cu_completion) {
        if completion.flags & UInt32(IORING_CQE_F_MORE) == 0 { isWatching = false }
        guard completion.result > 0 else { return }
        bellRang = true
        counters.bellsHeard &+= 1
    }

    private mutating func refused(_ cell: UInt32, _ errno: Int32) {
        if errno == EAGAIN {
            isDeferred[Int(cell)] = true
        } else {
            counters.sendErrors.count(errno)
        }
    }

    private mutating func deliver(_ arrivals: inout Arrivals) {
        tcp.deliver(&arrivals)
        while !pending.isEmpty, !arrivals.isFull {
            let (buffer, byteCount) = pending.pop()
            guard let arrival = arrival(in: buffer, byteCount: byteCount) else {
                counters.receiveErrors &+= 1
                provide(buffer, offset: 0)
                cu_publish(ring, 1)
                kernelBuffers += 1
                continue
            }
            counters.count(arrival)
            _ = arrivals.append(arrival)
        }
    }

    private func provide(_ buffer: UInt32, offset: Int) {
        cu_provide(ring, memory(of: buffer), UInt32(Self.bufferBytes), UInt16(buffer), Int32(offset))
    }

    /// Reads what a multishot receive leaves in a buffer: io_uring_recvmsg_out, name, control, payload. Nil when it is
    /// not whole, which a kernel does not do.
    private func arrival(in buffer: UInt32, byteCount: UInt32) -> Arrival? {
        guard byteCount >= UInt32(CU_PREFIX_BYTES) else { return nil }
        let start = memory(of: buffer)
        let head = start.load(as: io_uring_recvmsg_out.self)
        let name = start + Int(CU_HEADER_BYTES)
        let control = name + Int(CU_NAME_BYTES)
        let payloadBytes = byteCount - UInt32(CU_PREFIX_BYTES)
        guard let source = endpoint(ofName: name, length: Int(min(head.namelen, UInt32(CU_NAME_BYTES)))) else {
            return nil
        }
        let merged = cp_gro_segment(control, Int(min(head.controllen, UInt32(CU_CONTROL_BYTES))))
        return Arrival(
            bytes: start + Int(CU_PREFIX_BYTES), byteCount: payloadBytes,
            segmentBytes: merged == 0 ? payloadBytes : min(merged, payloadBytes), source: source, buffer: buffer,
            isTruncated: head.flags & 0x20 != 0)  // MSG_TRUNC
    }
}

extension PortCounters {
    @_noLocks
    mutating func count(_ arrival: Arrival) {
        receives &+= 1
        bytesReceived &+= UInt64(arrival.byteCount)
        let segment = arrival.segmentBytes
        datagrams &+=
            segment == 0 || segment >= arrival.byteCount
            ? 1 : UInt64((arrival.byteCount &+ segment &- 1) / segment)
    }
}
