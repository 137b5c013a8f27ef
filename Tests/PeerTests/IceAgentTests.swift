import Peer
import Testing

/// An agent that hears requests from numbered addresses.
struct IceBench {
    var agent = IceAgent(now: 0)

    static func address(_ number: UInt16) -> AddressKey { AddressKey(high: 0, low: 0xFFFF, port: number) }

    mutating func hear(
        _ number: UInt16, at now: UInt64, nominating: Bool = true, priority: UInt32 = 100,
        credentials: IceCredentialAge = .current
    ) -> IceOutcome {
        agent.onAuthenticatedRequest(
            from: Self.address(number), credentials: credentials, useCandidate: nominating, priority: priority, now: now
        )
    }

    mutating func check(_ now: UInt64) -> IceTimeout { agent.check(now: now) }
    mutating func restart(_ now: UInt64) -> Bool { agent.restart(now: now) }
    mutating func follow(_ number: UInt16, at now: UInt64) -> Bool { agent.follow(Self.address(number), now: now) }
    mutating func vanish(_ number: UInt16, at now: UInt64) -> Bool { agent.vanish(Self.address(number), now: now) }
    mutating func forget(_ number: UInt16) -> Bool { agent.forget(Self.address(number)) }
    var selected: UInt16 { agent.selected.port }
}

@Suite struct IceAgentTests {
    @Test func nothingIsSelectedBeforeANomination() {
        var bench = IceBench()
        let outcome = bench.hear(1, at: second, nominating: false)
        #expect(outcome.isNewAddress && !outcome.selectedChanged)
        #expect(bench.agent.state == .new && bench.agent.selected == .none)
    }

    @Test func theFirstNominationConnects() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, nominating: false)
        let outcome = bench.hear(1, at: second)
        #expect(!outcome.isNewAddress && outcome.selectedChanged && outcome.becameConnected)
        #expect(bench.agent.state == .connected && bench.selected == 1)
        #expect(bench.agent.nextDeadline == 31 * second)
    }

    @Test func nobodyComes() {
        var bench = IceBench()
        #expect(bench.check(29 * second) == .none)
        #expect(bench.check(30 * second) == .neverConnected)
        #expect(bench.agent.state == .lost)
        #expect(bench.agent.nextDeadline == noDeadline)
    }

    @Test func consentEndsThirtySecondsAfterTheLastRequest() {
        var bench = IceBench()
        _ = bench.hear(1, at: second)
        _ = bench.hear(1, at: 20 * second, nominating: false)
        _ = bench.hear(2, at: 40 * second, nominating: false)
        #expect(bench.check(50 * second - 1) == .none)
        #expect(bench.check(50 * second) == .consentExpired, "another address proves nothing about the selected one")
        #expect(bench.agent.state == .lost)
        let outcome = bench.hear(1, at: 60 * second)
        #expect(outcome.becameConnected && !outcome.selectedChanged)
    }

    @Test func anotherNominatedAddressTakesOverWhenTheSelectedFallsSilent() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 200)
        _ = bench.hear(2, at: 20 * second, priority: 100)
        #expect(bench.selected == 1)
        #expect(bench.check(31 * second) == .selectedChanged)
        #expect(bench.selected == 2)
        #expect(bench.agent.nextDeadline == 50 * second)
    }

    @Test func anAggressivePeerDoesNotFlap() {
        var bench = IceBench()
        var switches = 0
        for step in 0..<200 as Range<UInt64> {
            let number = UInt16(step % 3) + 1
            let outcome = bench.hear(
                number, at: second + step * 50 * millisecond, priority: [50, 200, 100][Int(step % 3)])
            if outcome.selectedChanged { switches += 1 }
        }
        #expect(switches == 2, "the first, and then the best")
        #expect(bench.selected == 2)
    }

    @Test func aPeerThatMovesToAWorseNetworkIsFollowedAtItsSecondNomination() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 200)
        #expect(!bench.hear(2, at: 2 * second, priority: 10).selectedChanged)
        #expect(bench.hear(2, at: 3 * second, priority: 10).selectedChanged)
        #expect(bench.selected == 2)
    }

    @Test func aPeerThatNominatesOneAtATimeIsFollowedAtOnce() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 200)
        _ = bench.hear(1, at: 2 * second, nominating: false, priority: 200)
        #expect(bench.hear(2, at: 3 * second, priority: 10).selectedChanged)
    }

    @Test func aCheckWithoutNominationNeverSwitches() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 10)
        for step in 0..<10 as Range<UInt64> {
            #expect(!bench.hear(2, at: (2 + step) * second, nominating: false, priority: 200).selectedChanged)
        }
        #expect(bench.selected == 1)
    }

    @Test func theFifthAddressReplacesTheStalestButNeverTheSelected() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 200)
        for number in 2...4 as ClosedRange<UInt16> {
            _ = bench.hear(number, at: UInt64(number) * second, nominating: false)
        }
        let outcome = bench.hear(5, at: 5 * second, nominating: false)
        #expect(outcome.isNewAddress && outcome.forgottenCount == 1)
        #expect(outcome.forgotten[0] == IceBench.address(2))
        #expect(bench.agent.pairCount == 4 && bench.selected == 1)
    }

    @Test func aRestartKeepsTheOldWayUntilTheNewIsNominated() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 200)
        #expect(bench.restart(2 * second) == true)
        #expect(bench.agent.acceptsPrevious)
        _ = bench.hear(1, at: 3 * second, priority: 200, credentials: .previous)
        _ = bench.hear(2, at: 3 * second, nominating: false, priority: 10)
        #expect(bench.selected == 1 && bench.agent.state == .connected)
        let outcome = bench.hear(2, at: 4 * second, priority: 10)
        #expect(outcome.selectedChanged && outcome.restartCompleted && !outcome.becameConnected)
        #expect(outcome.forgottenCount == 1 && outcome.forgotten[0] == IceBench.address(1))
        #expect(bench.selected == 2 && !bench.agent.acceptsPrevious && bench.agent.pairCount == 1)
    }

    @Test func aRestartOverTheSameAddressCompletesWithoutASwitch() {
        var bench = IceBench()
        _ = bench.hear(1, at: second)
        _ = bench.restart(2 * second)
        let outcome = bench.hear(1, at: 3 * second)
        #expect(outcome.restartCompleted && !outcome.selectedChanged && outcome.forgottenCount == 0)
        #expect(bench.selected == 1)
    }

    @Test func theOldCredentialsDoNotWinBackAnAddressDuringARestart() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 10)
        _ = bench.restart(2 * second)
        let outcome = bench.hear(2, at: 3 * second, priority: 200, credentials: .previous)
        #expect(outcome.selectedChanged && !outcome.restartCompleted, "the old way may still change among its own")
        #expect(bench.agent.acceptsPrevious)
    }

    @Test func aSecondRestartDropsTheOneBetween() {
        var bench = IceBench()
        _ = bench.hear(1, at: second)
        #expect(bench.restart(2 * second) == true)
        _ = bench.hear(2, at: 3 * second, nominating: false)
        #expect(bench.restart(4 * second) == false)
        #expect(bench.hear(3, at: 5 * second).restartCompleted)
        #expect(bench.agent.pairCount == 1 && bench.selected == 3)
    }

    @Test func aLostPeerComesBackByRestart() {
        var bench = IceBench()
        _ = bench.check(30 * second)
        _ = bench.restart(40 * second)
        #expect(bench.agent.state == .new && bench.agent.nextDeadline == 70 * second)
        #expect(bench.hear(1, at: 41 * second).becameConnected)
    }

    @Test func anAddressThatBecameAnothersIsForgotten() {
        var bench = IceBench()
        _ = bench.hear(1, at: second)
        _ = bench.hear(2, at: second, nominating: false)
        #expect(bench.forget(2) == true)
        #expect(bench.agent.pairCount == 1)
        #expect(bench.forget(1) == false)
        #expect(bench.selected == 1)
    }

    /// Whatever comes: the selected address is among the pairs, was nominated, and the table stays small.
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func theSelectedIsAlwaysNominated(seed: UInt64) {
        var random = Seeded(seed)
        var bench = IceBench()
        var (nominated, known, now) = (Set<UInt16>(), Set<UInt16>(), second)
        for _ in 0..<5_000 {
            now += UInt64.random(in: 0..<5, using: &random) * second
            if random.chance(2) { _ = bench.restart(now) }
            _ = bench.check(now)
            let number = UInt16.random(in: 1...8, using: &random)
            let nominating = random.chance(40)
            let previous = bench.agent.acceptsPrevious && random.chance(50)
            let outcome = bench.hear(
                number, at: now, nominating: nominating, priority: UInt32.random(in: 1...5, using: &random),
                credentials: previous ? .previous : .current)
            if nominating { nominated.insert(number) }
            #expect(outcome.isNewAddress == !known.contains(number))
            known.insert(number)
            for index in 0..<Int(outcome.forgottenCount) {
                #expect(known.remove(outcome.forgotten[index].port) != nil)
            }
            #expect(known.count == Int(bench.agent.pairCount))
            if bench.agent.selected != .none {
                #expect(known.contains(bench.selected) && nominated.contains(bench.selected))
            }
        }
    }

    @Test func mediaFromAnAddressThatWasCheckedIsFollowed() {
        var bench = IceBench()
        _ = bench.hear(1, at: second)
        #expect(bench.follow(2, at: 2 * second) == false, "an address that was never checked")
        _ = bench.hear(2, at: 2 * second, nominating: false)
        #expect(bench.follow(1, at: 3 * second) == false, "the selected one")
        #expect(bench.follow(2, at: 3 * second) == true)
        #expect(bench.selected == 2)
        #expect(bench.agent.nextDeadline == 32 * second)
        _ = bench.hear(2, at: 4 * second)
        #expect(bench.selected == 2)
        #expect(bench.follow(1, at: 31 * second) == false, "its consent has run out")
    }

    @Test func anAddressOfOldCredentialsIsNotFollowedAfterARestart() {
        var bench = IceBench()
        _ = bench.hear(2, at: second, nominating: false)
        _ = bench.hear(1, at: second)
        _ = bench.restart(2 * second)
        _ = bench.hear(2, at: 2 * second, nominating: false, credentials: .previous)
        _ = bench.hear(1, at: 3 * second, credentials: .current)
        #expect(bench.follow(2, at: 4 * second) == false)
        #expect(bench.selected == 1)
    }

    @Test func anAddressThatIsGoneGivesItsPlaceToTheNextNominated() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 200)
        _ = bench.hear(2, at: second, priority: 100)
        #expect(bench.vanish(3, at: 2 * second) == false)
        #expect(bench.vanish(1, at: 2 * second) == true)
        #expect(bench.selected == 2)
        #expect(bench.agent.pairCount == 1)
        #expect(bench.vanish(1, at: 2 * second) == false)
    }

    @Test func withoutAnotherTheNextNominationCountsWhateverItsPriority() {
        var bench = IceBench()
        _ = bench.hear(1, at: second, priority: 200)
        #expect(bench.vanish(1, at: 2 * second) == true)
        #expect(bench.agent.selected == .none && bench.agent.state == .connected)
        _ = bench.hear(2, at: 3 * second, nominating: false, priority: 10)
        #expect(bench.agent.selected == .none)
        let outcome = bench.hear(2, at: 4 * second, priority: 10)
        #expect(outcome.selectedChanged && !outcome.becameConnected && bench.selected == 2)
    }

    @Test func whatIsGoneAndDoesNotComeBackIsLost() {
        var bench = IceBench()
        _ = bench.hear(1, at: second)
        #expect(bench.vanish(1, at: 2 * second) == true)
        #expect(bench.check(31 * second - 1) == .none)
        #expect(bench.check(31 * second) == .consentExpired)
    }
}
