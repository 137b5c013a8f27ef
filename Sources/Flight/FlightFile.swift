import CPlatform
import Glibc

/// Why a file is not read.
public enum FlightFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case foreign
    case version(UInt32)
    case truncated(wanted: Int, found: Int)
    case inconsistent(String)

    public var description: String {
        switch self {
        case .unreadable(let path): "\(path) cannot be read"
        case .foreign: "this is no flight record of millrace"
        case .version(let version):
            "the record is of version \(version); this program reads version \(CP_FLIGHT_VERSION)"
        case .truncated(let wanted, let found): "the record is cut off: \(found) of \(wanted) bytes are there"
        case .inconsistent(let what): "the record does not hold together: \(what)"
        }
    }
}

/// One record of the log.
public struct FlightEntry: Sendable {
    public var kind: FlightKind
    public var flags: UInt8
    public var argument: Int
    /// Where in the log.
    public var position: UInt64
    /// Its bytes, in `FlightFile.bytes`.
    public var body: Range<Int>
}

/// A flight record that was written to a file, or a copy of one.
public struct FlightFile: Sendable {
    public let bytes: [UInt8]
    /// In the order of the log.
    public private(set) var entries: [FlightEntry] = []
    /// Images that are whole and whose log is there, oldest first.
    public private(set) var images: [Image] = []
    private let imagePlaces: [Int]

    public struct Image: Sendable {
        public var number: UInt64
        public var position: UInt64
        public var nowNanoseconds: UInt64
        /// In `FlightFile.bytes`.
        public var body: Range<Int>
    }

    public init(path: String) throws(FlightFileError) {
        guard let file = fopen(path, "r") else { throw .unreadable(path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&part, 1, part.count, file)
            guard count > 0 else { break }
            bytes += part[..<count]
            guard bytes.count < 4 << 30 else { throw .inconsistent("longer than 4 GiB") }
        }
        guard ferror(file) == 0 else { throw .unreadable(path) }
        try self.init(bytes: bytes)
    }

    public init(bytes: [UInt8]) throws(FlightFileError) {
        self.bytes = bytes
        guard bytes.count >= 16, bytes.starts(with: Array("MRFLIGHT".utf8)) else { throw .foreign }
        let version = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt32.self) }
        guard version == UInt32(CP_FLIGHT_VERSION) else { throw .version(version) }
        guard bytes.count >= Int(CP_FLIGHT_HEAD_BYTES) else {
            throw .truncated(wanted: Int(CP_FLIGHT_HEAD_BYTES), found: bytes.count)
        }
        let head = Self.head(bytes)
        let block = UInt64(CP_FLIGHT_BLOCK_BYTES)
        guard head.head_bytes == UInt32(CP_FLIGHT_HEAD_BYTES), head.ring_bytes >= block, head.ring_bytes % block == 0,
            head.ring_bytes <= 1 << 36, head.image_bytes <= 1 << 36, head.block_position % block == 0,
            head.block_position <= 1 << 60, head.birth_bytes <= UInt32(CP_FLIGHT_BIRTH_BYTES),
            head.configuration_bytes <= UInt32(CP_FLIGHT_CONFIGURATION_BYTES)
        else { throw .inconsistent("its head") }
        let ring = Int(min(head.ring_bytes, head.block_position + block))
        var end = Int(CP_FLIGHT_HEAD_BYTES) + ring
        var places: [Int] = []
        for image in [head.images.0, head.images.1] {
            guard image.bytes <= head.image_bytes else { throw .inconsistent("an image") }
            places.append(end)
            if image.number > 0 { end += Int(image.bytes) }
        }
        guard bytes.count >= end else { throw .truncated(wanted: end, found: bytes.count) }
        imagePlaces = places
        readRing(head, ring)
        readImages(head)
    }

    /// A copy of what a recorder holds now. Nil when there is no temporary file for it.
    public init?(copying recorder: FlightRecorder) {
        guard let file = tmpfile() else { return nil }
        defer { fclose(file) }
        guard
            cp_flight_write(
                fileno(file), recorder.head, UInt32(CP_FLIGHT_REQUEST.rawValue), 0, Int64(Glibc.time(nil)), "") == 0
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(fileno(file), 0, SEEK_END)))
        guard pread(fileno(file), &bytes, bytes.count, 0) == bytes.count, let copy = try? FlightFile(bytes: bytes)
        else {
            return nil
        }
        self = copy
    }

    public var head: cp_flight { Self.head(bytes) }

    private static func head(_ bytes: [UInt8]) -> cp_flight {
        // SAFETY: plain data; there are at least CP_FLIGHT_HEAD_BYTES.
        bytes.withUnsafeBytes { $0.loadUnaligned(as: cp_flight.self) }
    }

    /// The blocks by their positions; one that was being overwritten when it was copied ends early.
    private mutating func readRing(_ head: cp_flight, _ ringBytes: Int) {
        let block = Int(CP_FLIGHT_BLOCK_BYTES)
        var blocks: [(position: UInt64, place: Int)] = []
        for place in stride(from: 0, to: ringBytes, by: block) {
            let position = word(at: Int(CP_FLIGHT_HEAD_BYTES) + place)
            guard position % head.ring_bytes == UInt64(place), position <= head.block_position + 64 * UInt64(block)
            else {
                continue
            }
            blocks.append((position, Int(CP_FLIGHT_HEAD_BYTES) + place))
        }
        blocks.sort { $0.position < $1.position }
        for (order, one) in blocks.enumerated() {
            let isWhole = readBlock(one.position, one.place)
            let hasNext = order + 1 < blocks.count
            let isNextAdjacent = hasNext && blocks[order + 1].position == one.position + UInt64(block)
            // A gap: what came before it says nothing of what comes behind.
            if hasNext, !isWhole || !isNextAdjacent { entries.removeAll() }
        }
    }

    /// False when it was cut off by something other than its end.
    private mutating func readBlock(_ position: UInt64, _ start: Int) -> Bool {
        let end = start + Int(CP_FLIGHT_BLOCK_BYTES)
        let tag = (position / UInt64(CP_FLIGHT_BLOCK_BYTES)) & 0xFFFF
        var place = start + 8
        while place + 8 <= end {
            let word = word(at: place)
            if word == 0 { return true }
            let words = Int(word >> 16 & 0xFFFF)
            guard word >> 48 == tag, let kind = FlightKind(rawValue: UInt8(word & 0xFF)), place + 8 + words * 8 <= end
            else {
                return false
            }
            entries.append(
                FlightEntry(
                    kind: kind, flags: UInt8(word >> 8 & 0xFF), argument: Int(word >> 32 & 0xFFFF),
                    position: position + UInt64(place - start), body: place + 8..<place + 8 + words * 8))
            place += 8 + words * 8
        }
        return true
    }

    private mutating func readImages(_ head: cp_flight) {
        for (place, image) in [head.images.0, head.images.1].enumerated() where image.number > 0 {
            // What follows the image's own record must be there.
            guard let first = entries.first, first.position <= image.position else { continue }
            images.append(
                Image(
                    number: image.number, position: image.position, nowNanoseconds: image.now_nanoseconds,
                    body: imagePlaces[place]..<imagePlaces[place] + Int(image.bytes)))
        }
        images.sort { $0.number < $1.number }
    }

    // MARK: Reading

    func word(at place: Int) -> UInt64 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: UInt64.self) }
    }

    /// A word of a record; 0 when it is shorter.
    public func word(_ entry: FlightEntry, _ number: Int) -> UInt64 {
        let place = entry.body.lowerBound + number * 8
        return place + 8 <= entry.body.upperBound ? word(at: place) : 0
    }

    /// Plain data as it was in memory; nil when the record is shorter.
    public func value<Value: BitwiseCopyable>(_ entry: FlightEntry, as type: Value.Type) -> Value? {
        guard entry.body.count >= MemoryLayout<Value>.size else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: entry.body.lowerBound, as: type) }
    }

    /// An RTP or RTCP packet's bytes as they were kept.
    public func packetBytes(_ entry: FlightEntry, _ packet: FlightPacket) -> ArraySlice<UInt8> {
        let start = entry.body.lowerBound + MemoryLayout<FlightPacket>.size
        return bytes[start..<min(start + Int(packet.copiedBytes), entry.body.upperBound)]
    }

    public var build: String { text(of: head.build) }
    public var note: String { text(of: head.note) }

    private func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
