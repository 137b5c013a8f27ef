import Contract

/// Two values one behind the other.
private struct Pair<First: BitwiseCopyable, Second: BitwiseCopyable>: BitwiseCopyable {
    var first: First
    var second: Second

    init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }
}

/// Commands by number and values. Not as they lie in memory: behind a short command's values lies whatever lay there before, a
/// password perhaps.
extension FlightRecorder {
    private func put<Value: BitwiseCopyable>(_ number: UInt8, _ value: Value) {
        let body = reserve(MemoryLayout<Value>.size)
        body.storeBytes(of: value, as: Value.self)
        commit(.command, body, bytes: MemoryLayout<Value>.size, flags: number)
    }

    /// Without what changes nothing: questions for numbers, and the end.
    public func note(_ command: Command) {
        switch command {
        case .openRoom(let room): put(0, room)
        case .closeRoom(let room): put(1, room)
        case .openPeer(let order): put(2, order)
        case .setMediaMap(let peer, let media): put(3, Pair(peer, media))
        case .restartIce(let peer, let credentials): put(4, Pair(peer, credentials))
        case .connectPlain(let peer, let connection): put(5, Pair(peer, connection))
        case .closePeer(let peer): put(6, peer)
        case .openProducer(let order): put(7, order)
        case .closeProducer(let producer): put(8, producer)
        case .openMirror(let order): put(9, order)
        case .pauseProducer(let producer, let isPaused): put(10, Pair(producer, isPaused))
        case .openConsumer(let order): put(11, order)
        case .closeConsumer(let consumer): put(12, consumer)
        case .bindConsumer(let consumer, let producer): put(13, Pair(consumer, producer))
        case .chooseConsumer(let consumer, let isChosen): put(14, Pair(consumer, isChosen))
        case .fillSlots(let peer): put(15, peer)
        case .pinConsumer(let consumer, let producer): put(16, Pair(consumer, producer))
        case .excludeMember(let peer, let member): put(17, Pair(peer, member))
        case .pauseConsumer(let consumer, let isPaused): put(18, Pair(consumer, isPaused))
        case .selectLayer(let consumer, let spatial): put(19, Pair(consumer, spatial))
        case .setView(let consumer, let view): put(20, Pair(consumer, view))
        case .requestKeyframe(let producer): put(21, producer)
        case .report, .reportPeer, .reportProducer, .reportConsumer, .stop: break
        }
    }
}

extension FlightFile {
    private func pair<First: BitwiseCopyable, Second: BitwiseCopyable>(
        _ entry: FlightEntry, _ first: First.Type, _ second: Second.Type
    ) -> (First, Second)? {
        value(entry, as: Pair<First, Second>.self).map { ($0.first, $0.second) }
    }

    /// Nil for what is none.
    public func command(_ entry: FlightEntry) -> Command? {
        guard entry.kind == .command else { return nil }
        switch entry.flags {
        case 0: return value(entry, as: RoomIndex.self).map { .openRoom($0) }
        case 1: return value(entry, as: RoomIndex.self).map { .closeRoom($0) }
        case 2: return value(entry, as: OpenPeer.self).map { .openPeer($0) }
        case 3: return pair(entry, PeerHandle.self, MediaMap.self).map { .setMediaMap($0, $1) }
        case 4: return pair(entry, PeerHandle.self, IceCredentials.self).map { .restartIce($0, $1) }
        case 5: return pair(entry, PeerHandle.self, PlainConnection.self).map { .connectPlain($0, $1) }
        case 6: return value(entry, as: PeerHandle.self).map { .closePeer($0) }
        case 7: return value(entry, as: OpenProducer.self).map { .openProducer($0) }
        case 8: return value(entry, as: ProducerIndex.self).map { .closeProducer($0) }
        case 9: return value(entry, as: OpenMirror.self).map { .openMirror($0) }
        case 10: return pair(entry, ProducerIndex.self, Bool.self).map { .pauseProducer($0, $1) }
        case 11: return value(entry, as: OpenConsumer.self).map { .openConsumer($0) }
        default: return consumerCommand(entry)
        }
    }

    private func consumerCommand(_ entry: FlightEntry) -> Command? {
        switch entry.flags {
        case 12: value(entry, as: ConsumerIndex.self).map { .closeConsumer($0) }
        case 13: pair(entry, ConsumerIndex.self, ProducerIndex.self).map { .bindConsumer($0, $1) }
        case 14: pair(entry, ConsumerIndex.self, Bool.self).map { .chooseConsumer($0, $1) }
        case 15: value(entry, as: PeerHandle.self).map { .fillSlots($0) }
        case 16: pair(entry, ConsumerIndex.self, ProducerIndex.self).map { .pinConsumer($0, $1) }
        case 17: pair(entry, PeerHandle.self, MemberNumber.self).map { .excludeMember($0, $1) }
        case 18: pair(entry, ConsumerIndex.self, Bool.self).map { .pauseConsumer($0, $1) }
        case 19: pair(entry, ConsumerIndex.self, UInt8.self).map { .selectLayer($0, spatial: $1) }
        case 20: pair(entry, ConsumerIndex.self, View.self).map { .setView($0, $1) }
        case 21: value(entry, as: ProducerIndex.self).map { .requestKeyframe($0) }
        default: nil
        }
    }
}
