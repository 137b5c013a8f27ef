import Contract
import Forward
import Memory
import Peer
import Secure
import Snapshot

/// Peers and their incoming streams in a snapshot.
extension Engine {
    mutating func carryPeer(_ index: UInt32, _ book: inout SnapshotBook, now: UInt64) {
        let peer = peers + Int(index)
        book.check(peer.pointee.isOpen, "peer \(index) is not open")
        guard book.isWhole else { return }
        var generation = peer.pointee.generation
        book.field(2, &generation)
        book.check(generation == peer.pointee.generation, "peer \(index) is another one")
        peer.pointee.carryFlags(&book)
        book.message(9, &peer.pointee.ice)
        carryKeys(of: index, &book)
        carryAddresses(of: index, &book, now: now)
        peer.pointee.carryNumbers(&book)
        book.message(30) { forward.carrySubscriber(index, &$0) }
        forward.carryPublisher(index, 31, &book)
    }

    // MARK: keys

    private mutating func carryKeys(of index: UInt32, _ book: inout SnapshotBook) {
        let peer = peers + Int(index)
        guard book.isReading else {
            if var keys = masterKeys[Int(index)] { book.message(10) { keys.carry(&$0) } }
            return
        }
        var keys = CarriedKeys()
        let areThere = book.message(10, &keys)
        guard book.isWhole, peer.pointee.isSecured else { return }
        if peer.pointee.isClear { return installClear(index) }
        guard areThere, let keys = keys.keys else { return book.fail(.refused("a secured peer has no keys")) }
        peer.pointee.profile = keys.profile
        masterKeys[Int(index)] = keys
        peer.pointee.openingKey.install(keys, by: &forward.cipher)
        forward.subscribers[Int(index)].key.install(keys, by: &forward.cipher)
    }

    private mutating func installClear(_ index: UInt32) {
        peers[Int(index)].openingKey.installClear(by: &forward.cipher)
        forward.subscribers[Int(index)].key.installClear(by: &forward.cipher)
    }

    /// Overwritten, not only let go of.
    mutating func forgetKeys(of index: UInt32) {
        let place = masterKeys + Int(index)
        UnsafeMutableRawPointer(place).initializeMemory(
            as: UInt8.self, repeating: 0, count: MemoryLayout<SrtpKeys?>.size)
        place.initialize(to: nil)
    }

    // MARK: addresses

    private mutating func carryAddresses(of index: UInt32, _ book: inout SnapshotBook, now: UInt64) {
        let peer = peers + Int(index)
        if book.isReading {
            while book.hasNext(11) {
                var key = AddressKey.none
                book.message(11, &key)
                if book.isWhole { restore(Endpoint(key), of: index, &book, now: now) }
            }
        } else {
            for place in 0..<peer.pointee.addressCount {
                var key = AddressKey(peer.pointee.addresses[place])
                book.message(11, &key)
            }
        }
        var handshake = AddressKey(peer.pointee.handshakeAddress)
        book.message(12, &handshake)
        peer.pointee.handshakeAddress = handshake.connection == 0 ? Endpoint(handshake) : .none
    }

    /// A TCP connection ends with the process that had it.
    private mutating func restore(_ endpoint: Endpoint, of index: UInt32, _ book: inout SnapshotBook, now: UInt64) {
        let peer = peers + Int(index)
        if endpoint.isTcp {
            _ = peer.pointee.ice.vanish(AddressKey(endpoint), now: now)
            return
        }
        guard peer.pointee.addressCount < PeerState.addressesMax, addresses.owner(of: endpoint) == nil,
            addresses.insert(endpoint, owner: .peer(index))
        else { return book.fail(.refused("an address has no place")) }
        peer.pointee.addresses[peer.pointee.addressCount] = endpoint
        peer.pointee.addressCount += 1
        report.pointee.addressesNow = UInt64(addresses.count)
    }

    // MARK: streams

    mutating func restoreStream(_ book: inout SnapshotBook, now: UInt64) {
        let index = freeStream
        guard index < UInt32(Self.streamsMax(limits)) else { return book.fail(.refused("too many streams")) }
        let next = streams[Int(index)].nextFree
        var stream = StreamState()
        stream.isOpen = true
        stream.carry(&book)
        guard book.isWhole else { return }
        guard isPlaceFree(for: stream) else { return book.fail(.refused("a stream does not fit")) }
        freeStream = next
        let peer = peers + Int(stream.peer)
        peer.pointee.ssrcs[peer.pointee.streamCount] = stream.ssrc
        peer.pointee.streams[peer.pointee.streamCount] = index
        peer.pointee.streamCount += 1
        if stream.producer != endOfChain {
            stream.mid = intakes[Int(stream.producer)].mid
            let layer = Int(stream.layer)
            if stream.isRtx {
                intakes[Int(stream.producer)].rtx[layer] = index
            } else {
                intakes[Int(stream.producer)].media[layer] = index
                // What is missing is asked for anew.
                forward.arrived(producer: stream.producer, layer: layer) {
                    _ = stream.nacks.received($0, startsKeyframe: false, now: now)
                }
            }
        }
        streams[Int(index)] = stream
    }

    private mutating func isPlaceFree(for stream: borrowing StreamState) -> Bool {
        guard stream.peer < UInt32(limits.peersMax), peers[Int(stream.peer)].isOpen,
            peers[Int(stream.peer)].streamCount < PeerState.streamsMax, stream.layer < UInt8(Limits.layersMax)
        else { return false }
        let producer = stream.producer
        guard producer != endOfChain else { return true }
        guard producer < UInt32(limits.producersMax), forward.producers[Int(producer)].isOpen,
            forward.producers[Int(producer)].peer == stream.peer
        else { return false }
        let layer = Int(stream.layer)
        return (stream.isRtx ? intakes[Int(producer)].rtx[layer] : intakes[Int(producer)].media[layer]) == endOfChain
    }

    // MARK: afterwards

    /// The control side is told again what it may have missed, and the peer's timers are set.
    mutating func goOn(_ index: UInt32) {
        let peer = peers + Int(index)
        if Endpoint(peer.pointee.ice.selected) == .none, !peer.pointee.isPlain { forward.setUnready(index) }
        if peer.pointee.isConnected { post(.peerConnected(handle(of: index))) }
        if peer.pointee.isSecured, !peer.pointee.isClear {
            post(.peerSecured(handle(of: index), peer.pointee.profile))
        }
        if peer.pointee.isLost { post(.peerLost(handle(of: index), .consentExpired)) }
        reschedule(index)
    }
}

extension PeerState {
    mutating func carryFlags(_ book: inout SnapshotBook) {
        book.field(3, &isSecured)
        book.field(4, &isConnected)
        book.field(5, &isLost)
        book.field(6, &isPlain)
        book.field(7, &isClear)
        var previous = CarriedCredentials(previousCredentials)
        book.message(8, &previous)
        previousCredentials = previous.credentials
    }

    mutating func carryNumbers(_ book: inout SnapshotBook) {
        book.field(13, &rtcpIndex)
        for place in 0..<Self.rtcpSourcesMax { book.message(14, &rtcpSources[place]) }
        book.message(15, &feedback)
        book.message(16, &roundTrip)
        book.message(17, &reference)
        book.time(18, &selectedHeardNanoseconds)
        book.time(19, &nextReport)
        book.field(20, &reportInterval)
        book.field(21, &packetsReceived)
        book.field(22, &bytesReceived)
        let isBounded = (1...3600 * UInt64(1_000_000_000)).contains(reportInterval) && rtcpIndex < 1 << 31
        book.check(isBounded, "a peer's numbers are out of range")
    }
}

extension RtcpSource: Portable {
    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &isUsed)
        guard isUsed else { return }
        book.field(2, &ssrc)
        book.message(3, &window)
    }
}

extension StreamState: Portable {
    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &peer)
        book.field(2, &ssrc)
        book.field(3, &isRtx)
        book.field(4, &layer)
        book.field(5, &producer)
        book.field(6, &mid)
        book.time(7, &replacedNanoseconds)
        book.message(8, &window)
        book.message(9, &statistics)
    }
}

/// Credentials from before an ICE restart that is under way.
struct CarriedCredentials: Portable {
    var credentials: IceCredentials

    init(_ credentials: IceCredentials) { self.credentials = credentials }

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &credentials.localUfrag)
        book.field(2, &credentials.localPassword)
        book.field(3, &credentials.remoteUfrag)
    }
}

extension SrtpKeys {
    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &profile)
        book.field(2, &receiveKey)
        book.field(3, &receiveSalt)
        book.field(4, &sendKey)
        book.field(5, &sendSalt)
    }
}

/// Keys as they are read: good when all have the lengths that the profile wants.
struct CarriedKeys: Portable {
    var profile = SrtpProfile.aes128Gcm
    var receiveKey = FixedBytes<32>()
    var receiveSalt = FixedBytes<14>()
    var sendKey = FixedBytes<32>()
    var sendSalt = FixedBytes<14>()

    mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &profile)
        book.field(2, &receiveKey)
        book.field(3, &receiveSalt)
        book.field(4, &sendKey)
        book.field(5, &sendSalt)
    }

    var keys: SrtpKeys? {
        let areLong = receiveKey.count == profile.keyBytes && sendKey.count == profile.keyBytes
        guard areLong, receiveSalt.count == profile.saltBytes, sendSalt.count == profile.saltBytes else { return nil }
        return SrtpKeys(
            profile: profile, receiveKey: receiveKey, receiveSalt: receiveSalt, sendKey: sendKey, sendSalt: sendSalt)
    }
}
