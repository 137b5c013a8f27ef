import Contract
import Snapshot
import Testing

private struct Inner: Portable, Equatable {
    var number: Int32 = 0
    mutating func carry(_ book: inout SnapshotBook) { book.field(1, &number) }
}

private struct Sample: Portable, Equatable {
    var small: UInt8 = 0
    var large: UInt64 = 0
    var signed: Int64 = 0
    var isSet = false
    var real = 0.0
    var kind = MediaKind.audio
    var text = ""
    var bytes: [UInt8] = []
    var row: [UInt32] = []
    var inner = Inner()
    var list: [Inner] = []
    var time: UInt64 = 0

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &small)
        book.field(2, &large)
        book.field(3, &signed)
        book.field(4, &isSet)
        book.field(5, &real)
        book.field(6, &kind)
        book.field(7, &text)
        book.field(8, &bytes)
        book.fields(9, &row)
        book.message(10, &inner)
        book.list(11, &list) { Inner() }
        book.time(12, &time)
    }

    static let full = Sample(
        small: 255, large: .max, signed: .min, isSet: true, real: -0.25, kind: .video, text: "naïve", bytes: [0, 255],
        row: [0, 1, .max], inner: Inner(number: -7), list: [Inner(number: 1), Inner(number: -2)], time: 5_000)
}

private func written(_ value: some Portable) -> [UInt8] {
    var (book, value) = (SnapshotBook(), value)
    value.carry(&book)
    return book.bytes
}

private func read(_ bytes: [UInt8], shift: Int64 = 0) -> (value: Sample, failure: SnapshotFailure?) {
    var (book, value) = (SnapshotBook(reading: bytes), Sample())
    book.shiftNanoseconds = shift
    value.carry(&book)
    return (value, book.failure)
}

@Suite struct BookTests {
    @Test func whatIsWrittenIsRead() {
        let (value, failure) = read(written(Sample.full))
        #expect(failure == nil)
        #expect(value == .full)
    }

    @Test func aFieldThatIsNotThereLeavesWhatWas() {
        let (value, failure) = read([])
        #expect(failure == nil)
        #expect(value == Sample())
    }

    @Test func fieldsOfANewerReleaseArePassedOver() {
        struct Newer: Portable {
            var number: UInt32 = 9
            var sample = Sample.full
            mutating func carry(_ book: inout SnapshotBook) {
                sample.carry(&book)
                book.field(100, &number)
                book.message(101, &sample)
            }
        }
        let (value, failure) = read(written(Newer()))
        #expect(failure == nil)
        #expect(value == .full)
    }

    @Test func timesAreThoseOfTheReadersClock() {
        #expect(read(written(Sample.full), shift: 7).value.time == 5_007)
        #expect(read(written(Sample.full), shift: -10_000).value.time == 1)
        var never = Sample.full
        never.time = .max
        #expect(read(written(never), shift: 7).value.time == .max)
    }

    @Test func whatEndsTooSoonIsRefused() {
        let whole = written(Sample.full)
        for count in 1..<whole.count {
            let (value, failure) = read(Array(whole.prefix(count)))
            // Cut between two fields it is a whole message with fewer fields.
            #expect(failure != nil || value != .full)
        }
    }

    @Test func valuesThatFitNothingAreRefused() {
        #expect(read([0x08, 0x80, 0x02]).failure == .malformed(field: 1))
        #expect(read([0x30, 0x09]).failure == .malformed(field: 6))
        #expect(read([0x3A, 0x01, 0xFF]).failure == .malformed(field: 7))
        #expect(read([0x20, 0x02]).failure == .malformed(field: 4))
    }

    @Test func arbitraryBytesDoNoHarm() {
        var state: UInt64 = 1
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int(state >> 59) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(UInt8(truncatingIfNeeded: state >> 33))
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            _ = read(bytes)
        }
    }
}
