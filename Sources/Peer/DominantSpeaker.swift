/// Who speaks in one room: the loudest, with hold and hysteresis.
///
/// Somebody else becomes dominant when louder than -60 dBov by the smoothed level, louder than the present one by 6 dB,
/// and the present one has been dominant for 500 ms. In silence the last speaker stays.
public struct DominantSpeaker: BitwiseCopyable {
    @inlinable public static var holdNanoseconds: UInt64 { @_noLocks get { 500 * Duration.millisecond } }
    @inlinable public static var marginDecibels: UInt8 { @_noLocks get { 6 } }
    @inlinable public static var speechLoudnessMin: UInt8 { @_noLocks get { 67 } }
    @inlinable public static var nobody: Int { @_noLocks get { -1 } }

    private let meters: UnsafeMutablePointer<AudioLevelMeter>
    public let capacity: Int
    /// One more than the highest ordinal that was updated.
    private var used = 0
    private var current = DominantSpeaker.nobody
    private var since: UInt64 = 0

    /// `storage` holds `capacity` meters (16 bytes each) and outlives this.
    @_noLocks
    public init(storage: UnsafeMutablePointer<AudioLevelMeter>, capacity: Int) {
        meters = storage
        self.capacity = capacity
        storage.initialize(repeating: AudioLevelMeter(), count: capacity)
    }

    /// A packet of the producer with this place in the room told its level; a place out of range is ignored.
    @_noLocks
    public mutating func update(producerOrdinal: Int, level: UInt8, now: UInt64) {
        guard producerOrdinal >= 0, producerOrdinal < capacity else { return }
        used = max(used, producerOrdinal + 1)
        meters[producerOrdinal].update(level: level, now: now)
    }

    /// The producer left the room, or was muted for good.
    @_noLocks
    public mutating func remove(producerOrdinal: Int) {
        guard producerOrdinal >= 0, producerOrdinal < capacity else { return }
        meters[producerOrdinal] = AudioLevelMeter()
        if current == producerOrdinal { current = Self.nobody }
    }

    /// The smoothed level of one producer, 127 silent.
    @_noLocks
    public func level(producerOrdinal: Int, now: UInt64) -> UInt8 {
        guard producerOrdinal >= 0, producerOrdinal < capacity else { return 127 }
        return meters[producerOrdinal].level(now: now)
    }

    /// Who is dominant now; `nobody` until the first word. Looks at each producer: call a few times a second.
    @_noLocks
    public mutating func dominant(now: UInt64) -> Int {
        let loudest = loudest(now)
        guard loudest != Self.nobody, loudest != current, mayTakeOver(loudest, now) else { return current }
        current = loudest
        since = now
        return current
    }

    @_noLocks

    private func loudest(_ now: UInt64) -> Int {
        var found = Self.nobody
        var most = Self.speechLoudnessMin - 1
        for ordinal in 0..<used where meters[ordinal].loudness(now: now) > most {
            most = meters[ordinal].loudness(now: now)
            found = ordinal
        }
        return found
    }

    @_noLocks

    private func mayTakeOver(_ ordinal: Int, _ now: UInt64) -> Bool {
        guard current != Self.nobody else { return true }
        guard now &- since >= Self.holdNanoseconds else { return false }
        return meters[ordinal].loudness(now: now) >= meters[current].loudness(now: now) + Self.marginDecibels
    }
}
