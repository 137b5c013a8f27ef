import CPlatform
import Contract
import Flight
import Forward
import Glibc
import Memory
import Secure

/// Why an engine is not made from an image.
public enum EngineImageError: Error, CustomStringConvertible {
    case otherLayout
    case damaged
    case noMemory

    public var description: String {
        switch self {
        case .otherLayout: "the record is of a build whose tables differ from this one's: replay it with that build"
        case .damaged: "the record's tables do not hold together"
        case .noMemory: "there is not enough memory for the recorded limits"
        }
    }
}

/// How a peer's packets are protected.
public enum PeerProtection: BitwiseCopyable {
    case clear
    case srtp(SrtpProfile)
}

/// What an engine was told at its start, as it stands in a record.
private struct RecordedConfiguration: BitwiseCopyable {
    var limits: Limits
    var seed: UInt64
    var unixNanosecondsAtZero: UInt64
    var runsPerFlush: Int
    var shardCount: Int
    var shard: ShardIndex
    var announcesAddresses: Bool
    var isPacing: Bool

    init(_ configuration: EngineConfiguration) {
        limits = configuration.limits
        seed = configuration.seed
        unixNanosecondsAtZero = configuration.unixNanosecondsAtZero
        runsPerFlush = configuration.runsPerFlush
        shardCount = configuration.shardCount
        shard = configuration.shard
        announcesAddresses = configuration.announcesAddresses
        isPacing = configuration.isPacing
    }

    var configuration: EngineConfiguration {
        var configuration = EngineConfiguration(
            shard: shard, shardCount: shardCount, limits: limits, seed: seed,
            unixNanosecondsAtZero: unixNanosecondsAtZero, announcesAddresses: announcesAddresses, isPacing: isPacing)
        configuration.runsPerFlush = runsPerFlush
        return configuration
    }
}

/// Copies of the engine's tables within a record, and an engine made from one.
extension Engine {
    private static let imageIntervalNanoseconds: UInt64 = 4_000_000_000
    /// Nanoseconds. A byte is copied in a quarter of one: copying is to take no more than a thousandth of the time.
    private static let imagePausePerByte: UInt64 = 250

    /// Says whether a build's tables are as those of another.
    static func layout(_ limits: Limits, shardCount: Int) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func mix(_ value: Int) { hash = (hash ^ UInt64(truncatingIfNeeded: value)) &* 0x100_0000_01B3 }
        for size in [
            MemoryLayout<Engine>.size, MemoryLayout<PeerState>.stride, MemoryLayout<StreamState>.stride,
            MemoryLayout<ProducerIntake>.stride, MemoryLayout<ProducerState>.stride,
            MemoryLayout<ConsumerState>.stride, MemoryLayout<Subscriber>.stride, MemoryLayout<RoomState>.stride,
            MemoryLayout<PacketFacts>.stride, MemoryLayout<ShardReport>.stride, MemoryLayout<Command>.size,
            MemoryLayout<Event>.size, MemoryLayout<FrameReader>.stride, byteCount(limits, shardCount: shardCount),
        ] { mix(size) }
        return hash
    }

    /// From here on everything is written down. Once, before the first burst, on the engine's thread.
    public mutating func record(_ configuration: EngineConfiguration, in recorder: FlightRecorder, now: UInt64) {
        flight = recorder
        forward.flight = recorder
        let head = recorder.head
        head.pointee.layout = Self.layout(limits, shardCount: shardCount)
        head.pointee.arena_base = UInt64(UInt(bitPattern: arena.base))
        head.pointee.arena_bytes = UInt64(arena.byteCount)
        var recorded = RecordedConfiguration(configuration)
        precondition(MemoryLayout<RecordedConfiguration>.size <= Int(CP_FLIGHT_CONFIGURATION_BYTES))
        precondition(MemoryLayout<Engine>.size <= Int(CP_FLIGHT_BIRTH_BYTES))
        head.pointee.configuration_bytes = UInt32(MemoryLayout<RecordedConfiguration>.size)
        memcpy(cp_flight_configuration(head), &recorded, MemoryLayout<RecordedConfiguration>.size)
        head.pointee.birth_bytes = UInt32(MemoryLayout<Engine>.size)
        withUnsafeMutableBytes(of: &self) { bytes in
            UnsafeMutableRawPointer(cp_flight_birth(head)).unsafelyUnwrapped.copyMemory(
                from: bytes.baseAddress!, byteCount: bytes.count)
        }
        copyTables(recorder, now: now)
    }

    /// Between bursts, when nothing waits that is kept outside of the tables.
    mutating func copyTables(_ recorder: FlightRecorder, now: UInt64) {
        guard lateEventCount == 0, lateAnnouncementCount == 0, recorder.head.pointee.image_bytes > 0 else { return }
        recorder.enter(.copying)
        var image = TableImageWriter(memory: recorder.beginImage(), base: arena.base)
        // Before the tables, since it tells where the next record goes: of no meaning elsewhere.
        flightNotes.imagePosition = recorder.position
        flightNotes.imageDueNanoseconds = now &+ Self.imageIntervalNanoseconds
        writeTables(to: &image)
        withUnsafeMutableBytes(of: &self) { image.add(outside: UnsafeRawBufferPointer($0)) }
        if !image.isOverfull { recorder.finishImage(bytes: image.used, now: now) }
        let pause = UInt64(image.used) &* Self.imagePausePerByte
        flightNotes.imageDueNanoseconds = now &+ max(Self.imageIntervalNanoseconds, pause)
    }

    private mutating func writeTables(to image: inout TableImageWriter) {
        let marks = TableMarks(
            rooms: Int(flightNotes.rooms), peers: Int(flightNotes.peers), producers: Int(flightNotes.producers),
            consumers: Int(flightNotes.consumers))
        image.add(peers, count: marks.peers)
        if marks.peers > 0 { blankPeers(image.last(marks.peers * MemoryLayout<PeerState>.stride), count: marks.peers) }
        image.add(peers[0].feedbackTicks, count: marks.peers * PeerState.feedbackCapacity)
        image.add(intakes, count: marks.producers)
        image.add(streams, count: Int(flightNotes.streams))
        image.add(frameReaders, count: marks.producers * Limits.layersMax)
        for wheelPart in 0..<3 { writeWheel(wheelPart, peers: marks.peers, to: &image) }
        forward.writeTables(marks, to: &image)
    }

    private mutating func writeWheel(_ number: Int, peers count: Int, to image: inout TableImageWriter) {
        let (links, buckets) =
            switch number {
            case 0: (wheel.links, wheel.buckets)
            case 1: (paceWheel.links, paceWheel.buckets)
            default: (patientWheel.links, patientWheel.buckets)
            }
        image.add(links, count: count)
        image.add(buckets, count: TimerWheel.bucketCount)
    }

    private mutating func blankPeers(_ memory: UnsafeMutableRawPointer?, count: Int) {
        guard let memory else { return }
        let copies = memory.assumingMemoryBound(to: PeerState.self)
        for index in 0..<count {
            copies[index].credentials.blank()
            copies[index].previousCredentials.blank()
        }
    }

    // MARK: Back

    /// How a peer's packets are protected: nil for nobody's, or before there are keys.
    public mutating func protection(of index: UInt32) -> PeerProtection? {
        guard index < UInt32(limits.peersMax), peers[Int(index)].isSecured else { return nil }
        return peers[Int(index)].isClear ? .clear : .srtp(peers[Int(index)].profile)
    }

    /// The limits that a record's engine had.
    public static func configuration(of file: FlightFile) throws(EngineImageError) -> EngineConfiguration {
        let head = file.head
        guard head.configuration_bytes == UInt32(MemoryLayout<RecordedConfiguration>.size),
            head.birth_bytes == UInt32(MemoryLayout<Engine>.size)
        else { throw .otherLayout }
        let recorded = withUnsafeBytes(of: head.configuration) { $0.loadUnaligned(as: RecordedConfiguration.self) }
        let limits = recorded.limits
        let isSensible = [
            limits.roomsMax, limits.peersMax, limits.producersMax, limits.consumersMax, limits.producersPerRoomMax,
            limits.slots, limits.runs, limits.mailboxMax, limits.parityMax,
        ].allSatisfy { $0 > 0 && $0 <= 1 << 24 }
        guard isSensible, recorded.shardCount >= 1, recorded.shardCount <= 64, recorded.runsPerFlush >= 1 else {
            throw .damaged
        }
        guard head.layout == layout(limits, shardCount: recorded.shardCount) else { throw .otherLayout }
        return recorded.configuration
    }

    /// Brings a fresh engine, made with the record's configuration and being recorded itself, to the state of an image.
    /// Keys and passwords are `FlightSecrets`' afterwards.
    public mutating func restore(_ image: FlightFile.Image, of file: FlightFile) throws(EngineImageError) {
        let head = file.head
        guard head.arena_bytes == UInt64(arena.byteCount), flight != nil else { throw .otherLayout }
        let shift = Relocation(
            from: head.arena_base, bytes: head.arena_bytes, to: UInt64(UInt(bitPattern: arena.base)))
        var isWhole = false
        file.bytes.withUnsafeBytes { bytes in
            var reader = TableImageReader(UnsafeRawBufferPointer(rebasing: bytes[image.body]))
            while let part = reader.next() {
                if part.offset == TableImageWriter.outside {
                    isWhole = part.bytes.count == MemoryLayout<Engine>.size
                    let birth = UnsafeRawBufferPointer(rebasing: bytes[cp_flight_birth_offset()...])
                    if isWhole { restoreSelf(part.bytes, birth, shift) }
                } else if part.offset <= UInt64(arena.byteCount),
                    UInt64(part.bytes.count) <= UInt64(arena.byteCount) - part.offset
                {
                    (arena.base + Int(part.offset)).copyMemory(
                        from: part.bytes.baseAddress!, byteCount: part.bytes.count)
                } else {
                    return
                }
            }
        }
        guard isWhole, flightNotes.peers <= UInt32(limits.peersMax),
            flightNotes.producers <= UInt32(limits.producersMax)
        else { throw .damaged }
        relocateTables(shift)
        restorePeers()
    }

    /// Takes over the words that changed since the recorded engine was made. The others are configuration, and where
    /// things lie: those are this engine's own.
    private mutating func restoreSelf(
        _ recorded: UnsafeRawBufferPointer, _ birth: UnsafeRawBufferPointer, _ shift: Relocation
    ) {
        withUnsafeMutableBytes(of: &self) { own in
            for place in stride(from: 0, to: own.count & ~7, by: 8) {
                let word = recorded.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                guard word != birth.loadUnaligned(fromByteOffset: place, as: UInt64.self) else { continue }
                own.storeBytes(of: shift.moved(word), toByteOffset: place, as: UInt64.self)
            }
            for place in (own.count & ~7)..<own.count where recorded[place] != birth[place] {
                own[place] = recorded[place]
            }
        }
    }

    /// Entries of these tables point into the arena.
    private mutating func relocateTables(_ shift: Relocation) {
        shift.move(peers, count: Int(flightNotes.peers))
        shift.move(forward.subscribers, count: Int(flightNotes.peers))
        shift.move(forward.producers, count: Int(flightNotes.producers))
        forward.relocateParity { shift.move($0, count: $1) }
    }

    private mutating func restorePeers() {
        let count = addresses.count
        for index in 0..<Int(flightNotes.peers) where peers[index].isOpen {
            for place in 0..<min(peers[index].addressCount, PeerState.addressesMax) {
                _ = addresses.insert(peers[index].addresses[place], owner: .peer(UInt32(index)))
            }
            guard peers[index].isSecured else { continue }
            if peers[index].isClear {
                peers[index].openingKey.installClear(by: &forward.cipher)
                forward.subscribers[index].key.installClear(by: &forward.cipher)
            } else {
                let keys = FlightSecrets.keys(peers[index].profile)
                peers[index].openingKey.install(keys, by: &forward.cipher)
                forward.subscribers[index].key.install(keys, by: &forward.cipher)
            }
        }
        addresses.recount(count)
    }
}

/// Words that were addresses in the recorded arena become addresses in this one. The clock's nanoseconds are no such
/// addresses, but for a fraction of a second some forty hours after the host's start.
private struct Relocation {
    let from: UInt64
    let bytes: UInt64
    let to: UInt64

    func moved(_ word: UInt64) -> UInt64 { word &- from < bytes ? word &- from &+ to : word }

    func move<Element: BitwiseCopyable>(_ table: UnsafeMutablePointer<Element>, count: Int) {
        let words = UnsafeMutableRawPointer(table)
        for place in stride(from: 0, to: count * MemoryLayout<Element>.stride & ~7, by: 8) {
            let word = words.load(fromByteOffset: place, as: UInt64.self)
            words.storeBytes(of: moved(word), toByteOffset: place, as: UInt64.self)
        }
    }
}
