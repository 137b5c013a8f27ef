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
}

extension IceAgent {
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

    mutating func note(
        _ index: UInt8, _ credentials: IceCredentialAge, _ useCandidate: Bool, _ priority: UInt32, _ now: UInt64
    ) {
        let place = Int(index)
        pairs[place].lastRequest = now
        pairs[place].priority = priority
        pairs[place].isNominated = useCandidate
        // An address that the new credentials came from stays so, whatever straggles in under the old ones.
        if credentials == .current { pairs[place].credentials = .current }
        guard useCandidate else { return }
        if hasSelected && index == selectedIndex {
            for other in 0..<Int(pairCount) { pairs[other].challenges = 0 }
        } else {
            pairs[place].challenges = min(pairs[place].challenges, 100) + 1
        }
    }

    var hasSelected: Bool { selected != .none }

    mutating func shouldSelect(_ index: UInt8) -> Bool {
        guard hasSelected, state == .connected else { return true }
        let candidate = pairs[Int(index)]
        let present = pairs[Int(selectedIndex)]
        if index == selectedIndex { return candidate.credentials == .current && acceptsPrevious }
        if candidate.credentials != present.credentials { return candidate.credentials == .current }
        if candidate.priority > present.priority || !present.isNominated { return true }
        return candidate.challenges >= Self.challengesToSwitch
    }

    mutating func select(_ index: UInt8, _ credentials: IceCredentialAge, _ outcome: inout IceOutcome) {
        let address = pairs[Int(index)].address
        outcome.selectedChanged = address != selected
        outcome.becameConnected = state != .connected
        state = .connected
        selected = address
        selectedIndex = index
        for other in 0..<Int(pairCount) { pairs[other].challenges = 0 }
        if acceptsPrevious && credentials == .current { completeRestart(&outcome) }
    }

    private mutating func completeRestart(_ outcome: inout IceOutcome) {
        acceptsPrevious = false
        outcome.restartCompleted = true
        var index: UInt8 = 0
        while index < pairCount {
            if pairs[Int(index)].credentials == .previous && index != selectedIndex {
                outcome.forget(pairs[Int(index)].address)
                remove(index)
            } else {
                index += 1
            }
        }
    }

    mutating func remove(_ index: UInt8) {
        let last = pairCount - 1
        pairs[Int(index)] = pairs[Int(last)]
        if selectedIndex == last { selectedIndex = index }
        pairCount = last
    }

    /// Another address that the peer nominated and that was heard of within the time of consent.
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
    private mutating func stalest() -> UInt8 {
        var found: UInt8 = hasSelected && selectedIndex == 0 ? 1 : 0
        for index in 0..<pairCount where !(hasSelected && index == selectedIndex) {
            if pairs[Int(index)].lastRequest < pairs[Int(found)].lastRequest { found = index }
        }
        return found
    }
}
