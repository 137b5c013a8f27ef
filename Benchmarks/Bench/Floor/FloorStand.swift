import CPlatform
import Contract
import Driver
import Glibc
import Memory
import Secure

/// All that fan-out cannot do without: a key for each receiver, plain packets, cells, a port. `burst` is the floor.
struct FloorStand: ~Copyable {
    private let arena: Arena
    private var cipher: Cipher
    private var departures: Departures
    private var arrivals: Arrivals
    private var port: Port
    private let keys: UnsafeMutablePointer<SealingKey>
    private let endpoints: UnsafeMutablePointer<Endpoint>
    private let keyMemory: UnsafeMutableRawPointer
    private let plain: UnsafeMutableRawPointer
    private let receivers: Int
    private let tagBytes: Int
    private let batch: Int
    private var index: UInt64 = 1

    static let headerBytes = 12
    /// As in a shard, so that cells lie as far apart as there.
    static let runsMax = 512
    static let keyStride = (SealingKey.byteCount + 63) & ~63
    static let packetsMax = Limits.segmentsMax

    static func make(_ options: FloorOptions, socket: PortSocket) throws(BenchError) -> FloorStand {
        guard let cipher = Cipher(library: options.library) else {
            throw BenchError("the library \(options.libraryName) is not there")
        }
        var configuration = PortConfiguration()
        configuration.backend = options.backend
        configuration.runs = runsMax
        configuration.receiveBuffers = 4
        configuration.registrations = options.registrations
        configuration.zeroCopyBytes = UInt32(options.zeroCopyBytes)
        let bytes =
            configuration.arenaBytes + Departures.byteCount(capacity: runsMax) + Arrivals.byteCount(capacity: 4)
            + options.receivers * (keyStride + 128) + packetsMax * Limits.slotBytes + 65536
        guard var arena = Arena(byteCount: bytes, wanting: options.pages), arena.pages == options.pages else {
            throw BenchError("there are no \(bytes) bytes of memory in \(options.pagesName) pages")
        }
        do throws(PortError) {
            let port = try Port(
                socket: socket, doorbell: -1, configuration: configuration, probe: PortProbe.host(), arena: &arena)
            if let note = port.note { say(note) }
            return FloorStand(options, cipher: cipher, port: port, arena: arena)
        } catch { throw BenchError("\(error)") }
    }

    private init(
        _ options: FloorOptions, cipher: consuming Cipher, port: consuming Port, arena: consuming Arena
    ) {
        receivers = options.receivers
        tagBytes = options.profile.tagBytes
        batch = options.batch == 0 ? Int.max : options.batch
        var arena = arena
        departures = Departures(arena: &arena, capacity: Self.runsMax)
        arrivals = Arrivals(arena: &arena, capacity: 4)
        keys = arena.take(SealingKey.self, count: receivers)
        endpoints = arena.take(Endpoint.self, count: receivers)
        plain = arena.takeBytes(Self.packetsMax * Limits.slotBytes)
        keyMemory = arena.takeBytes(receivers * Self.keyStride)
        self.cipher = cipher
        self.port = port
        self.arena = arena
        fill(options.profile)
        if options.registeredCells, case let status = self.port.registerCells(of: departures), status != 0 {
            say("the cells could not be registered: errno \(status)")
        }
    }

    private mutating func fill(_ profile: SrtpProfile) {
        for receiver in 0..<receivers {
            let secret = (0..<46).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ receiver &* 13) }
            keys[receiver] = SealingKey(at: keyMemory + receiver * Self.keyStride)
            secret.withUnsafeBytes { bytes in
                keys[receiver].install(
                    profile: profile, key: bytes.baseAddress!, keyBytes: profile.keyBytes,
                    salt: bytes.baseAddress! + 32, saltBytes: profile.saltBytes, by: &cipher)
            }
        }
        for place in 0..<Self.packetsMax * Limits.slotBytes {
            plain.storeBytes(of: UInt8(truncatingIfNeeded: place &* 31), toByteOffset: place, as: UInt8.self)
        }
    }

    mutating func aim(at places: [Endpoint]) {
        for (receiver, place) in places.enumerated() { endpoints[receiver] = place }
    }

    /// `packets` packets of `bytes` bytes (header and tag included) to every receiver: encrypted straight into its run, one
    /// send a run, all runs with as few enters as the ring allows.
    mutating func burst(packets: Int, bytes: Int) {
        let payloadBytes = bytes - Self.headerBytes - tagBytes
        for receiver in 0..<receivers {
            var cell = departures.takeCell()
            if cell == nil {
                send()
                cell = departures.takeCell()
            }
            encrypt(receiver, into: departures.memory(of: cell!), packets: packets, payloadBytes: payloadBytes)
            departures.push(
                Run(
                    cell: cell!, byteCount: UInt32(packets * bytes), segmentBytes: UInt16(bytes),
                    segments: UInt16(packets), destination: endpoints[receiver]))
            if departures.count >= batch { send() }
        }
        send()
        takeNotifications()
        index += UInt64(packets)
    }

    /// Of sends without copying. What has not been told yet belongs to the next burst, as in a shard.
    private mutating func takeNotifications() {
        if departures.freeCount < departures.capacity { port.exchange(&departures, &arrivals, deadline: 0) }
    }

    private mutating func send() {
        cipher.finish()
        port.flush(&departures)
    }

    private mutating func encrypt(
        _ receiver: Int, into memory: UnsafeMutableRawPointer, packets: Int, payloadBytes: Int
    ) {
        let ssrc = UInt32(truncatingIfNeeded: receiver + 1)
        var out = memory
        for packet in 0..<packets {
            let sequence = index + UInt64(packet)
            out.storeBytes(of: 0x8060, as: UInt16.self)
            out.storeBytes(of: UInt16(truncatingIfNeeded: sequence).bigEndian, toByteOffset: 2, as: UInt16.self)
            out.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
            out.storeBytes(of: ssrc.bigEndian, toByteOffset: 8, as: UInt32.self)
            out += cipher.sealRtp(
                keys[receiver], out: out, headerLength: Self.headerBytes,
                payload: plain + packet * Limits.slotBytes, payloadLength: payloadBytes, ssrc: ssrc, index: sequence)
        }
    }

    var counters: PortCounters { port.counters }
}
