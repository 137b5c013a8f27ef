import Snapshot

/// One remote address that sent authenticated requests.
struct IcePair: BitwiseCopyable, Sendable {
    var address = AddressKey.none
    var lastRequest: UInt64 = 0
    var priority: UInt32 = 0
    var credentials = IceCredentialAge.current
    /// The last request carried USE-CANDIDATE.
    var isNominated = false
    /// Nominations since the selected address was last nominated.
    var challenges: UInt8 = 0

    @_noLocks
    init(address: AddressKey = .none, credentials: IceCredentialAge = .current) {
        self.address = address
        self.credentials = credentials
    }

    var isCurrent: Bool { @_noLocks get { credentials.isCurrent } }
}

extension IceAgent {
    @_noLocks
    mutating func findOrAdd(
        _ address: AddressKey, _ credentials: IceCredentialAge, _ outcome: inout IceOutcome
    ) -> UInt8 {
        for index in 0..<pairCount where pairs[Int(index)].address == address { return index }
        outcome.isNewAddress = true
        if pairCount == UInt8(Self.pairsMax) {
            let index = stalest()
            outcome.forget(pairs[Int(index)].address)
            pairs[Int(index)] = IcePair(address: address, credentials: credentials)
            return index
        }
        pairs[Int(pairCount)] = IcePair(address: address, credentials: credentials)
        pairCount += 1
        return pairCount - 1
    }

    @_noLocks
    mutating func note(
        _ index: UInt8, _ credentials: IceCredentialAge, _ useCandidate: Bool, _ priority: UInt32, _ now: UInt64
    ) {
        let place = Int(index)
        pairs[place].lastRequest = now
        pairs[place].priority = priority
        pairs[place].isNominated = useCandidate
        // An address that the new credentials came from stays so, whatever straggles in under the old ones.
        if credentials.isCurrent { pairs[place].credentials = .current }
        guard useCandidate else { return }
        if hasSelected && index == selectedIndex {
            for other in 0..<Int(pairCount) { pairs[other].challenges = 0 }
        } else {
            pairs[place].challenges = min(pairs[place].challenges, 100) + 1
        }
    }

    var hasSelected: Bool { @_noLocks get { !(selected == .none) } }

    @_noLocks
    mutating func shouldSelect(_ index: UInt8) -> Bool {
        guard hasSelected, state.isConnected else { return true }
        let candidate = pairs[Int(index)]
        let present = pairs[Int(selectedIndex)]
        if index == selectedIndex { return candidate.isCurrent && acceptsPrevious }
        if candidate.isCurrent != present.isCurrent { return candidate.isCurrent }
        if candidate.priority > present.priority || !present.isNominated { return true }
        return candidate.challenges >= Self.challengesToSwitch
    }

    @_noLocks
    mutating func select(_ index: UInt8, _ credentials: IceCredentialAge, _ outcome: inout IceOutcome) {
        let address = pairs[Int(index)].address
        outcome.selectedChanged = !(address == selected)
        outcome.becameConnected = !state.isConnected
        state = .connected
        selected = address
        selectedIndex = index
        for other in 0..<Int(pairCount) { pairs[other].challenges = 0 }
        if acceptsPrevious && credentials.isCurrent { completeRestart(&outcome) }
    }

    @_noLocks

    private mutating func completeRestart(_ outcome: inout IceOutcome) {
        acceptsPrevious = false
        outcome.restartCompleted = true
        var index: UInt8 = 0
        while index < pairCount {
            if !pairs[Int(index)].isCurrent && index != selectedIndex {
                outcome.forget(pairs[Int(index)].address)
                remove(index)
            } else {
                index += 1
            }
        }
    }

    @_noLocks
    mutating func remove(_ index: UInt8) {
        let last = pairCount - 1
        pairs[Int(index)] = pairs[Int(last)]
        if selectedIndex == last { selectedIndex = index }
        pairCount = last
    }

    /// Another address that the peer nominated and that was heard of within the time of consent.
    @_noLocks
    mutating func otherNominated(_ now: UInt64) -> UInt8? {
        var best: UInt8?
        for index in 0..<pairCount where index != selectedIndex && pairs[Int(index)].isNominated {
            guard now < pairs[Int(index)].lastRequest &+ Self.consentNanoseconds else { continue }
            if let known = best, pairs[Int(known)].priority >= pairs[Int(index)].priority { continue }
            best = index
        }
        return best
    }

    /// The address to give up for a new one: never the selected, else the one not heard of for longest.
    @_noLocks
    private mutating func stalest() -> UInt8 {
        var found: UInt8 = hasSelected && selectedIndex == 0 ? 1 : 0
        for index in 0..<pairCount where !(hasSelected && index == selectedIndex) {
            if pairs[Int(index)].lastRequest < pairs[Int(found)].lastRequest { found = index }
        }
        return found
    }
}

extension AddressKey: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &high)
        book.field(2, &low)
        book.field(3, &port)
        book.field(4, &connection)
    }
}

extension IcePair: Portable {
    mutating func carry(_ book: inout SnapshotBook) {
        book.message(1, &address)
        book.time(2, &lastRequest)
        book.field(3, &priority)
        book.field(4, &credentials)
        book.field(5, &isNominated)
        book.field(6, &challenges)
    }
}

extension IceAgent: Portable {
    public mutating func carry(_ book: inout SnapshotBook) {
        book.field(1, &state)
        book.message(2, &selected)
        book.field(3, &acceptsPrevious)
        book.time(4, &nextDeadline)
        book.field(5, &pairCount)
        book.field(6, &selectedIndex)
        for index in 0..<Self.pairsMax { book.message(7, &pairs[index]) }
        book.check(isConsistent, "the addresses of a peer contradict each other")
    }

    private var isConsistent: Bool {
        guard pairCount <= UInt8(Self.pairsMax), selectedIndex < UInt8(Self.pairsMax) else { return false }
        return !hasSelected || selectedIndex < pairCount && pairs[Int(selectedIndex)].address == selected
    }
}
