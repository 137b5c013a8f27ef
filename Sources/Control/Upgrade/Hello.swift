import Contract
import Glibc
import Shard
import Snapshot
import Tenancy

/// What a new process is told before it starts anything; its descriptors come in the order of `descriptors`.
struct Hello: Portable {
    static let format: UInt32 = 1
    var format = Self.format
    var release = version
    /// Of the pictures and snapshots that are to follow.
    var controlFormat = ControlPicture.format
    var engineFormat = Snapshots.format
    var udpCount: UInt32 = 0
    var hasListener = false
    var hasSteering = false
    var steersAddresses = false
    var steeringCount: UInt32 = 0
    var httpCount: UInt32 = 0
    var cpus: [UInt32] = []
    var identity: [UInt8] = []
    var jwtSecret = ""
    var masterKey = ""
    /// Of a database that is for one run only; empty for another.
    var databaseFolder = ""
    var tenancyHost = ""

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &format)
        book.check(
            format == Self.format, "the other process speaks format \(format) of the hand-over, this one \(Self.format)"
        )
        book.field(2, &release)
        book.field(3, &controlFormat)
        book.field(4, &engineFormat)
        let isReadable = controlFormat == ControlPicture.format && engineFormat == Snapshots.format
        book.check(isReadable, "release \(release) writes snapshots of another format")
        book.field(5, &udpCount)
        book.field(6, &hasListener)
        book.field(7, &hasSteering)
        book.field(8, &steersAddresses)
        book.field(9, &steeringCount)
        book.field(10, &httpCount)
        book.fields(11, &cpus)
        book.field(12, &identity)
        book.field(13, &jwtSecret)
        book.field(14, &masterKey)
        book.field(15, &databaseFolder)
        book.field(16, &tenancyHost)
    }

    /// What the old process has. `http`: descriptors of its listeners.
    init(_ inheritance: Inheritance, settings: Settings, http: [Int32], databaseFolder: String?) {
        udpCount = UInt32(inheritance.sockets.count)
        hasListener = inheritance.listener != nil
        hasSteering = inheritance.steering != nil
        steersAddresses = inheritance.steering?.steersAddresses ?? false
        steeringCount = UInt32(inheritance.steering?.descriptors.count ?? 0)
        httpCount = UInt32(http.count)
        cpus = inheritance.allowedCpus.map(UInt32.init)
        identity = inheritance.identity
        jwtSecret = settings.jwtSecret
        masterKey = settings.tenancy?.masterKey ?? ""
        tenancyHost = settings.tenancy?.host ?? ""
        self.databaseFolder = databaseFolder ?? ""
    }

    init(reading bytes: [UInt8]) throws(SnapshotFailure) {
        var book = SnapshotBook(reading: bytes)
        carry(&book)
        if let failure = book.failure { throw failure }
    }

    var bytes: [UInt8] {
        var (book, told) = (SnapshotBook(), self)
        told.carry(&book)
        return book.bytes
    }

    static func descriptors(_ inheritance: Inheritance, http: [Int32]) -> [Int32] {
        inheritance.sockets + (inheritance.listener.map { [$0] } ?? []) + (inheritance.steering?.descriptors ?? [])
            + http
    }

    /// What came with it, sorted; nil when there are not as many as it says.
    func sort(_ descriptors: [Int32]) -> (inheritance: Inheritance, http: [Int32])? {
        let counts = [Int(udpCount), hasListener ? 1 : 0, Int(steeringCount), Int(httpCount)]
        guard counts.allSatisfy({ $0 < 4096 }), counts.reduce(0, +) == descriptors.count else { return nil }
        var rest = descriptors[...]
        func next(_ count: Int) -> [Int32] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let (udp, listener, steering, http) = (next(counts[0]), next(counts[1]), next(counts[2]), next(counts[3]))
        let inheritance = Inheritance(
            sockets: udp, listener: listener.first,
            steering: hasSteering
                ? Inheritance.Steering(steersAddresses: steersAddresses, descriptors: steering) : nil,
            allowedCpus: cpus.map(Int.init), identity: identity)
        return (inheritance, http)
    }
}

/// The shards' snapshots in one message.
struct Snapshots: Portable {
    static let format: UInt32 = DataPlane.snapshotFormat
    var shards: [[UInt8]] = []

    mutating func carry(_ book: inout SnapshotBook) {
        if book.isReading {
            while book.hasNext(1) {
                var bytes: [UInt8] = []
                book.field(1, &bytes)
                shards.append(bytes)
            }
        } else {
            for index in shards.indices { book.field(1, &shards[index]) }
        }
    }

    init(_ shards: [[UInt8]]) { self.shards = shards }

    init(reading bytes: [UInt8]) throws(SnapshotFailure) {
        var book = SnapshotBook(reading: bytes)
        carry(&book)
        if let failure = book.failure { throw failure }
    }

    var bytes: [UInt8] {
        var (book, told) = (SnapshotBook(capacity: shards.reduce(64) { $0 + $1.count + 16 }), self)
        told.carry(&book)
        return book.bytes
    }
}
