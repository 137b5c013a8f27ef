/// Where one peer's connectivity stands.
@frozen
public enum IceState: UInt8, BitwiseCopyable, Sendable {
    /// No address was nominated yet.
    case new
    case connected
    /// Consent ended, or never began. An ICE restart, or the peer's next nomination, leads out.
    case lost

    /// By pattern: `==` goes by way of a protocol where nothing is optimised.
    @inlinable public var isConnected: Bool { @_noLocks get { if case .connected = self { true } else { false } } }
    @inlinable public var isLost: Bool { @_noLocks get { if case .lost = self { true } else { false } } }
    @inlinable public var isNew: Bool { @_noLocks get { if case .new = self { true } else { false } } }
}

/// Which local credentials a request was authenticated with.
@frozen
public enum IceCredentialAge: UInt8, BitwiseCopyable, Sendable {
    case current
    /// Those from before the ICE restart that is under way.
    case previous

    @inlinable public var isCurrent: Bool { @_noLocks get { if case .current = self { true } else { false } } }
}

/// What came of one authenticated request. It is answered in any case.
@frozen
public struct IceOutcome: BitwiseCopyable, Sendable {
    /// The address was not known before: enter it for steering and lookup.
    public var isNewAddress = false
    /// `IceAgent.selected` is another address now: send there.
    public var selectedChanged = false
    /// The state became `connected`.
    public var becameConnected = false
    /// The new credentials are in use: forget the old ones.
    public var restartCompleted = false
    /// Addresses that are no longer the peer's, the first `forgottenCount` of `forgotten`: take them out of lookup.
    public var forgottenCount: UInt8 = 0
    public var forgotten: InlineArray<4, AddressKey> = InlineArray(repeating: .none)

    @_noLocks

    public init() {}

    @_noLocks
    mutating func forget(_ address: AddressKey) {
        forgotten[Int(forgottenCount)] = address
        forgottenCount += 1
    }
}

/// What the passing of time did.
@frozen
public enum IceTimeout: UInt8, BitwiseCopyable, Sendable {
    case none
    /// The selected address fell silent and another nominated one took its place.
    case selectedChanged
    /// RFC 7675 §5.1: 30 s without proof of consent.
    case consentExpired
    /// Nobody nominated an address within 30 s.
    case neverConnected
}

/// One peer as a lite agent sees it (RFC 8445 §2.5): it answers checks, and the peer, always controlling (§6.1.1),
/// nominates. Sans-IO: STUN messages are parsed, authenticated and answered by the caller.
///
/// **Consent.** RFC 7675 has the sender ask for consent by checks of its own. A lite agent sends none (RFC 8445 §2.5), so
/// each authenticated request from the selected address is taken as consent for 30 s: whoever sends it knows our
/// password, and receives at that address or the next request would not come through a changed way. Browsers
/// send one every 5 s at most.
///
/// **Nomination.** An address becomes the selected one only by USE-CANDIDATE. The peer may nominate
/// regularly (one address at a time; a later nomination replaces the former, and may be of lower priority
/// when Wi-Fi was lost) or aggressively (USE-CANDIDATE on all checks of all pairs). So: a nominated address of higher
/// priority takes over at once. One of equal or lower priority takes over when it is nominated twice
/// without a nomination of the selected one in between, or at once when the peer has checked the selected one without
/// USE-CANDIDATE since. An aggressive peer goes on nominating the best pair, and nothing flaps.
///
/// **Restart** (RFC 8445 §9). After `restart` both credentials are good, and media goes on over the old address. The first
/// nomination under the new credentials wins whatever its priority, and retires the old ones.
public struct IceAgent: BitwiseCopyable, Sendable {
    @inlinable public static var pairsMax: Int { @_noLocks get { 4 } }
    @inlinable public static var consentNanoseconds: UInt64 { @_noLocks get { 30 * Duration.second } }
    @inlinable public static var connectNanoseconds: UInt64 { @_noLocks get { 30 * Duration.second } }
    static var challengesToSwitch: UInt8 { @_noLocks get { 2 } }

    public internal(set) var state = IceState.new
    /// Where to send; `.none` until nominated.
    public internal(set) var selected = AddressKey.none
    /// Whether requests under the credentials from before a restart are to be accepted.
    public internal(set) var acceptsPrevious = false
    /// When to call `check`.
    public internal(set) var nextDeadline: UInt64
    public internal(set) var pairCount: UInt8 = 0
    var selectedIndex: UInt8 = 0
    var pairs: InlineArray<4, IcePair> = InlineArray(repeating: IcePair())

    @_noLocks

    public init(now: UInt64) { nextDeadline = now &+ Self.connectNanoseconds }

    /// There are no checks: the address was told, and consent with it.
    @_noLocks
    public mutating func fix(_ address: AddressKey, now: UInt64) {
        pairs[0] = IcePair(address: address)
        pairs[0].lastRequest = now
        pairs[0].isNominated = true
        pairCount = 1
        selectedIndex = 0
        selected = address
        state = .connected
        nextDeadline = noDeadline
    }

    /// The peer's credentials are replaced. True: keep the present ones as the previous ones. False: a restart is under
    /// way already; its credentials are dropped, and the previous stay those that media still goes by.
    @_noLocks
    public mutating func restart(now: UInt64) -> Bool {
        if !state.isConnected { nextDeadline = now &+ Self.connectNanoseconds }
        if state.isLost { state = .new }
        let isFirst = !acceptsPrevious
        acceptsPrevious = true
        for index in 0..<Int(pairCount) where isFirst || pairs[index].isCurrent {
            pairs[index].credentials = .previous
            pairs[index].isNominated = isFirst && pairs[index].isNominated
        }
        return isFirst
    }

    /// A Binding request came from `address` and was authenticated.
    @_noLocks
    public mutating func onAuthenticatedRequest(
        from address: AddressKey, credentials: IceCredentialAge, useCandidate: Bool, priority: UInt32, now: UInt64
    ) -> IceOutcome {
        var outcome = IceOutcome()
        let index = findOrAdd(address, credentials, &outcome)
        note(index, credentials, useCandidate, priority, now)
        if useCandidate && shouldSelect(index) { select(index, credentials, &outcome) }
        if state.isConnected && hasSelected {
            nextDeadline = pairs[Int(selectedIndex)].lastRequest &+ Self.consentNanoseconds
        }
        return outcome
    }

    /// Another peer proved that `address` is its own (a browser that used the port again). False when it is the selected
    /// one, which is kept: what comes from there is the other's now, and this peer is as good as gone.
    @_noLocks
    public mutating func forget(_ address: AddressKey) -> Bool {
        for index in 0..<pairCount where pairs[Int(index)].address == address {
            if address == selected { return false }
            remove(index)
            return true
        }
        return true
    }

    /// An address is gone for good: a TCP connection that has ended. True when it was the selected one: another that the peer
    /// nominated takes its place or, when there is none, nothing is selected until the next nomination, whatever its
    /// priority. Consent runs out as if the address had fallen silent.
    @_noLocks
    public mutating func vanish(_ address: AddressKey, now: UInt64) -> Bool {
        if forget(address) { return false }
        let last = selectedIndex
        if let index = otherNominated(now) { _ = fallBack(to: index) } else { selected = .none }
        remove(last)
        return true
    }

    /// Authenticated media comes from `address` while the selected one is silent: the peer has moved, and a lite agent
    /// need not wait for the word of it, which comes with the next check, seconds later. True when `address` is the selected
    /// one from now on. It must have been checked within the time of consent, under credentials as new as the selected
    /// one's.
    @_noLocks
    public mutating func follow(_ address: AddressKey, now: UInt64) -> Bool {
        guard state.isConnected, hasSelected else { return false }
        for index in 0..<pairCount where pairs[Int(index)].address == address {
            let pair = pairs[Int(index)]
            guard index != selectedIndex, now < pair.lastRequest &+ Self.consentNanoseconds,
                pair.isCurrent || !pairs[Int(selectedIndex)].isCurrent
            else { return false }
            _ = fallBack(to: index)
            for other in 0..<Int(pairCount) { pairs[other].challenges = 0 }
            return true
        }
        return false
    }

    /// When an authenticated request last came from `address`; 0 for never.
    @_noLocks
    public func lastRequest(from address: AddressKey) -> UInt64 {
        for index in 0..<pairCount where pairs[Int(index)].address == address { return pairs[Int(index)].lastRequest }
        return 0
    }

    /// Call when `nextDeadline` has come.
    @_noLocks
    public mutating func check(now: UInt64) -> IceTimeout {
        guard now >= nextDeadline else { return .none }
        nextDeadline = noDeadline
        if state.isConnected {
            if hasSelected, let index = otherNominated(now) { return fallBack(to: index) }
            state = .lost
            return .consentExpired
        }
        guard state.isNew else { return .none }
        state = .lost
        return .neverConnected
    }

    @_noLocks

    private mutating func fallBack(to index: UInt8) -> IceTimeout {
        selectedIndex = index
        selected = pairs[Int(index)].address
        nextDeadline = pairs[Int(index)].lastRequest &+ Self.consentNanoseconds
        return .selectedChanged
    }
}
