import Contract
import Engine
import Flight
import Memory

/// One call of an engine and all that it is told by it.
struct FlightCall {
    enum Kind {
        case take, depart, turn
        case burstTime(BurstTime)
        case window(UInt64?)
    }

    var kind: Kind
    var now: UInt64
    /// Cells that were free, and runs that had not been handed on.
    var freeCells: Int
    var runsWaiting: Int
    var arrivals: [FlightArriving] = []
    var words: [FlightEntry] = []
}

/// One sender's datagrams.
struct FlightArriving {
    var source: Endpoint
    /// `.max` for a stranger.
    var peer: UInt32
    var flags: UInt8
    var datagrams: [FlightEntry] = []
}

/// Puts records together to calls.
struct FlightFeed {
    private let file: FlightFile
    private let entries: [FlightEntry]
    private var place = 0

    init(_ file: FlightFile, _ entries: [FlightEntry]) {
        self.file = file
        self.entries = entries
    }

    mutating func next() -> FlightCall? {
        while place < entries.count {
            let entry = entries[place]
            place += 1
            guard var call = begin(entry) else { continue }
            while place < entries.count, begin(entries[place]) == nil {
                add(entries[place], to: &call)
                place += 1
            }
            return call
        }
        return nil
    }

    private func begin(_ entry: FlightEntry) -> FlightCall? {
        let (first, second) = (file.word(entry, 0), file.word(entry, 1))
        func call(_ kind: FlightCall.Kind, now: UInt64, waiting: UInt64 = 0) -> FlightCall {
            FlightCall(kind: kind, now: now, freeCells: entry.argument, runsWaiting: Int(clamping: waiting))
        }
        switch entry.kind {
        case .take: return call(.take, now: first)
        case .depart: return call(.depart, now: first, waiting: second)
        case .turn: return call(.turn, now: first, waiting: second)
        case .burstTime:
            let time = BurstTime(nanoseconds: first, arrivals: entry.argument, isFull: entry.flags == 1)
            return call(.burstTime(time), now: second)
        case .window: return call(.window(second == .max ? nil : second), now: first)
        default: return nil
        }
    }

    private func add(_ entry: FlightEntry, to call: inout FlightCall) {
        switch entry.kind {
        case .arrival:
            let peer = UInt32(entry.argument) | UInt32(file.word(entry, 2) >> 48) << 16
            call.arrivals.append(FlightArriving(source: file.endpoint(entry), peer: peer, flags: entry.flags))
        case .rtp, .rtcp, .stun, .dtls, .refused:
            if !call.arrivals.isEmpty { call.arrivals[call.arrivals.count - 1].datagrams.append(entry) }
        case .command, .handshake, .address: call.words.append(entry)
        default: break
        }
    }
}

extension FlightFile {
    /// The address that an arrival's record names.
    func endpoint(_ entry: FlightEntry) -> Endpoint {
        let last = word(entry, 2)
        return Endpoint(
            high: word(entry, 0), low: word(entry, 1), port: UInt16(truncatingIfNeeded: last),
            connection: UInt32(truncatingIfNeeded: last >> 16))
    }
}
