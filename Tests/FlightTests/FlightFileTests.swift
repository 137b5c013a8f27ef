import CPlatform
import Testing

@testable import Flight

@Suite struct FlightFileTests {
    private func recorder(_ ringBytes: Int = 4 << 16) -> FlightRecorder {
        FlightRecorder(shard: 2, shardCount: 5, ringBytes: ringBytes, imageBytes: 8192)!
    }

    private func numbers(_ file: FlightFile) -> [UInt64] {
        file.entries.filter { $0.kind == .turn }.map { file.word($0, 0) }
    }

    @Test func recordsComeBackInTheirOrder() throws {
        let recorder = recorder()
        defer { recorder.free() }
        recorder.name(build: "1.2.3")
        for number in 0..<100 { recorder.note(.turn, UInt64(number), UInt64(number * 2), flags: 7, argument: number) }
        let file = try #require(FlightFile(copying: recorder))
        #expect(numbers(file) == Array(0..<100))
        let last = try #require(file.entries.last)
        #expect(file.word(last, 1) == 198 && last.flags == 7 && last.argument == 99)
        #expect(file.build == "1.2.3" && file.head.shard == 2 && file.head.shard_count == 5)
    }

    @Test func theNewestRecordsStayWhenTheRingHasGoneRound() throws {
        let recorder = recorder()
        defer { recorder.free() }
        for number in 0..<100_000 { recorder.note(.turn, UInt64(number), 0) }
        let kept = numbers(try #require(FlightFile(copying: recorder)))
        let first = try #require(kept.first)
        #expect(kept == Array(first..<100_000))
        // 24 bytes each, in 256 KiB of which one block is always being filled anew.
        #expect(kept.count > 190_000 / 24 && first > 0)
    }

    @Test func recordsOfAllLengthsCrossNoBlock() throws {
        let recorder = recorder()
        defer { recorder.free() }
        var bytes = [UInt8](repeating: 0, count: FlightRecorder.recordBytesMax)
        for number in 0..<400 {
            let count = number * 37 % bytes.count
            for place in 0..<count { bytes[place] = UInt8(truncatingIfNeeded: number) }
            recorder.note(.command, from: bytes, bytes: count, argument: number)
        }
        let file = try #require(FlightFile(copying: recorder))
        #expect(file.entries.last?.argument == 399)
        for entry in file.entries where entry.body.count > 8 {
            let count = entry.argument * 37 % bytes.count
            #expect(entry.body.count == (count + 7) / 8 * 8)
            #expect(file.bytes[entry.body.lowerBound + count - 1] == UInt8(truncatingIfNeeded: entry.argument))
        }
    }

    @Test func aRecordThatWasNotFinishedIsNotRead() throws {
        let recorder = recorder()
        defer { recorder.free() }
        recorder.note(.turn, 1, 0)
        recorder.reserve(16).storeBytes(of: 0x1234, as: UInt64.self)
        #expect(numbers(try #require(FlightFile(copying: recorder))) == [1])
    }

    /// As when the shard goes on while a file is written: a block holds records that are newer than its beginning says.
    @Test func whatWasOverwrittenMeanwhileIsLeftOutWithAllBeforeIt() throws {
        let recorder = recorder()
        defer { recorder.free() }
        for number in 0..<9000 { recorder.note(.turn, UInt64(number), 0) }
        var bytes = try #require(FlightFile(copying: recorder)).bytes
        // 2729 records in a block; the tag of one in the second.
        let place = Int(CP_FLIGHT_HEAD_BYTES) + Int(CP_FLIGHT_BLOCK_BYTES) + 8 + 24 * 100
        bytes[place + 6] ^= 0xFF
        let kept = numbers(try FlightFile(bytes: bytes))
        let first = try #require(kept.first)
        #expect(first == 5458 && kept == Array(first..<9000))
    }

    @Test func imagesTakeTurnsAndTheirLogMustBeThere() throws {
        let recorder = recorder()
        defer { recorder.free() }
        for number in 1...3 {
            let memory = recorder.beginImage()
            memory.storeBytes(of: UInt64(number), as: UInt64.self)
            recorder.finishImage(bytes: 8, now: UInt64(number) * 10)
            recorder.note(.turn, UInt64(number), 0)
        }
        let file = try #require(FlightFile(copying: recorder))
        #expect(file.images.map(\.number) == [2, 3])
        #expect(file.images.map { file.word(at: $0.body.lowerBound) } == [2, 3])
        #expect(file.entries.filter { $0.position >= file.images[1].position }.map(\.kind) == [.turn])
        for number in 0..<100_000 { recorder.note(.turn, UInt64(number), 0) }
        #expect(try #require(FlightFile(copying: recorder)).images.isEmpty)
    }

    @Test func anImageThatIsBeingWrittenIsNone() throws {
        let recorder = recorder()
        defer { recorder.free() }
        _ = recorder.beginImage()
        recorder.finishImage(bytes: 8, now: 1)
        _ = recorder.beginImage()
        #expect(try #require(FlightFile(copying: recorder)).images.map(\.number) == [1])
    }

    // MARK: Files that are not what they seem

    @Test func foreignOtherAndShortFilesAreRefused() throws {
        let recorder = recorder()
        defer { recorder.free() }
        recorder.note(.turn, 1, 0)
        let bytes = try #require(FlightFile(copying: recorder)).bytes
        #expect(throws: FlightFileError.foreign) { try FlightFile(bytes: Array("an other file entirely".utf8)) }
        #expect(throws: FlightFileError.foreign) { try FlightFile(bytes: []) }
        #expect(throws: FlightFileError.unreadable("/no/such/file")) { try FlightFile(path: "/no/such/file") }
        var newer = bytes
        newer[8] = 9
        #expect(throws: FlightFileError.version(9)) { try FlightFile(bytes: newer) }
        #expect(throws: FlightFileError.truncated(wanted: bytes.count, found: bytes.count - 1)) {
            try FlightFile(bytes: Array(bytes.dropLast()))
        }
        #expect(throws: FlightFileError.truncated(wanted: Int(CP_FLIGHT_HEAD_BYTES), found: 5000)) {
            try FlightFile(bytes: Array(bytes.prefix(5000)))
        }
    }

    @Test func noByteOfAFileMakesTheReaderTrap() throws {
        let recorder = recorder()
        defer { recorder.free() }
        for number in 0..<300 {
            let kind = FlightKind.allCases[number % FlightKind.allCases.count]
            recorder.note(kind, UInt64(number), UInt64(number) &* 0x9E37_79B9_7F4A_7C15, flags: UInt8(number & 3))
        }
        let bytes = try #require(FlightFile(copying: recorder)).bytes
        var random = SystemRandomNumberGenerator()
        for _ in 0..<60 {
            var damaged = bytes
            for _ in 0..<30 {
                let place =
                    Bool.random(using: &random)
                    ? Int.random(in: 8..<400, using: &random) : Int.random(in: 32768..<42000, using: &random)
                damaged[place] = UInt8.random(in: 0...255, using: &random)
            }
            guard let file = try? FlightFile(bytes: damaged) else { continue }
            for entry in file.entries where entry.kind != .event && entry.kind != .command { _ = file.text(of: entry) }
            _ = FlightSummary(file).text
        }
    }
}
