import CPlatform
import CUring
import Glibc
import Memory

/// When a port reads its second socket, where what may wait arrives: transport-wide feedback (`FeedbackProgram`).
///
/// While much comes it is read when the port is awake anyway, `patience` after the last time at the latest. While little comes
/// the kernel watches the socket, and the port wakes with the first as it does for everything else.
struct PatientReceive: BitwiseCopyable {
    /// -1 for none.
    let descriptor: Int32
    /// Nanoseconds.
    let patience: UInt64
    private(set) var isReading = false
    private(set) var isWatching = false
    /// When it is to be read at the latest; `.max` while the kernel watches.
    private(set) var nextRead = UInt64.max
    /// The watch has ended: something is there.
    private(set) var hasRung = false
    private var lastRead: UInt64 = 0
    private var readCount = 0
    private var burstCount = 0

    /// Datagrams of one reading that are many.
    static let manyMin = 2
    /// The kernel ends a reading after so many (MULTISHOT_MAX_RETRY): there may be more.
    static let readMax = 32

    init(descriptor: Int32, microseconds: UInt32) {
        self.descriptor = descriptor
        patience = UInt64(microseconds) * 1000
    }

    var wantsWatch: Bool { descriptor >= 0 && !isWatching && !isReading && nextRead == .max }

    /// `isBusy`: the port is awake and will not sleep before this is done.
    mutating func isDue(now: UInt64, isBusy: Bool) -> Bool {
        guard !isReading, nextRead != .max else { return false }
        return now >= nextRead || isBusy && now >= lastRead &+ patience / 2
    }

    mutating func watch() { isWatching = true }

    mutating func rang() {
        isWatching = false
        hasRung = true
        nextRead = 0
    }

    mutating func read() {
        isReading = true
        hasRung = false
        readCount = 0
    }

    mutating func received() {
        readCount += 1
        burstCount += 1
    }

    mutating func finished(now: UInt64) {
        isReading = false
        lastRead = now
        if readCount >= Self.readMax {
            nextRead = now
        } else {
            nextRead = readCount >= Self.manyMin ? now &+ patience : .max
        }
    }

    /// Datagrams since the last call.
    mutating func takeCount() -> Int {
        defer { burstCount = 0 }
        return burstCount
    }
}

extension UringPort {
    /// Not while receiving fails: then nothing is read.
    var patientDeadline: UInt64 { pause.isOver && !isHeld ? patient.nextRead : .max }

    /// Queues what the second socket needs: a reading, which then is to be entered at once (true), or a watch.
    mutating func askForPatient(_ departures: inout Departures, isBusy: Bool) -> Bool {
        guard patient.descriptor >= 0, pause.isOver, !isHeld else { return false }
        if patient.wantsWatch, makeRoom(&departures) {
            note(Self.noCell)
            cu_watch_once(ring, patient.descriptor, Tag.of(Tag.patientWatch))
            patient.watch()
            return false
        }
        guard patient.nextRead != .max, kernelBuffers > 0, patient.isDue(now: cp_now(), isBusy: isBusy),
            makeRoom(&departures)
        else { return false }
        note(Self.noCell)
        cu_receive_waiting(ring, patient.descriptor, Tag.of(Tag.patientReceive))
        patient.read()
        return true
    }

    mutating func receivedPatient(_ completion: cu_completion) {
        if completion.flags & UInt32(IORING_CQE_F_BUFFER) != 0 {
            kernelBuffers -= 1
            pending.push(buffer: completion.flags >> 16, byteCount: UInt32(max(completion.result, 0)))
            patient.received()
        } else if completion.result == -ENOBUFS {
            counters.receiveNoBuffers &+= 1
        } else if completion.result < 0, completion.result != -EAGAIN {
            counters.receiveErrors &+= 1
            if pause.failed(now: cp_now()) { counters.receivePauses &+= 1 }
        }
        if completion.flags & UInt32(IORING_CQE_F_MORE) == 0 { patient.finished(now: cp_now()) }
    }
}
