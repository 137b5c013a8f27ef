import CPlatform
import Glibc

/// Why the kernel does not count, as a sentence.
public struct CountingRefusal: Error, CustomStringConvertible, Sendable {
    public let description: String
}

/// What was counted for one socket, and dropped.
public struct RtpCounts: BitwiseCopyable, Equatable, Sendable {
    public var audio: UInt64 = 0
    /// Retransmissions (RTX).
    public var repairs: UInt64 = 0
    /// All packets, those two among them.
    public var packets: UInt64 = 0
    /// Payload of datagrams.
    public var bytes: UInt64 = 0
    /// Datagrams, merged ones as one: by so many the kernel's count of what a socket dropped is higher.
    public var datagrams: UInt64 = 0

    public init() {}
}

/// Counts, in the kernel, the RTP that reaches sockets, and drops it there, all but one of 256 datagrams: for receivers that cost their
/// process next to nothing. A handle whose copies mean the same memory; one for all sockets of a process, told apart by port.
public struct RtpCounter: @unchecked Sendable {
    /// One value of the map, as the program knows it.
    struct Entry: BitwiseCopyable {
        var counts = RtpCounts()
        var seen: UInt64 = 0
        var audioType: UInt32 = 0
        var repairType: UInt32 = 0
        var unused: UInt64 = 0

        static let sumOffsets: [Int16] = [0, 8, 16]
        static let bytesOffset: Int16 = 24
        static let datagramsOffset: Int16 = 32
        static let seenOffset: Int16 = 40
        static let audioOffset: Int16 = 48
        static let repairOffset: Int16 = 52
        static let byteCount = 64
    }

    private static let ports = 65536
    // SAFETY: memory that the kernel writes too, by whole words; each port's entry has one owner in this process.
    private let entries: UnsafeMutablePointer<Entry>
    private let map: Int32
    private let program: Int32

    /// Refused where bpf(2) is: it takes CAP_BPF, or a kernel that lets everybody load socket filters.
    public static func make() throws(CountingRefusal) -> RtpCounter {
        precondition(MemoryLayout<Entry>.stride == Entry.byteCount)
        var memory: UnsafeMutableRawPointer?
        let map = cp_bpf_shared_array(UInt32(Entry.byteCount), UInt32(ports), &memory)
        guard map >= 0, let memory else { throw refusal("a map of counts", map) }
        let (program, words) = BpfProgram.load(CountingProgram.make(entries: map), by: cp_bpf_load_filter)
        guard program >= 0 else {
            munmap(memory, ports * Entry.byteCount)
            _ = Glibc.close(map)
            throw refusal("the program", program, words)
        }
        return RtpCounter(entries: memory.bindMemory(to: Entry.self, capacity: ports), map: map, program: program)
    }

    private static func refusal(_ what: String, _ status: Int32, _ words: String = "") -> CountingRefusal {
        let hint = status == -EPERM ? "; grant CAP_BPF" : ""
        return CountingRefusal(description: "\(what) was refused: \(PortError.text(-status))\(hint) \(words)")
    }

    /// From now on the RTP of this UDP socket, which is bound to `port`, is counted from zero. False when the kernel refuses.
    public func attach(_ socket: Int32, port: UInt16, audioType: UInt8, repairType: UInt8) -> Bool {
        entries[Int(port)] = Entry()
        entries[Int(port)].audioType = UInt32(audioType)
        entries[Int(port)].repairType = UInt32(repairType)
        return cp_bpf_filter_attach(socket, program) == 0
    }

    public func counts(of port: UInt16) -> RtpCounts { entries[Int(port)].counts }

    /// Sockets keep the filter until they are closed; their counts are not to be read any more.
    public func close() {
        munmap(entries, Self.ports * Entry.byteCount)
        for descriptor in [program, map] { _ = Glibc.close(descriptor) }
    }
}
