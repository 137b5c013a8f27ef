import Contract
import Memory
import Testing

@testable import Engine

/// A table in a place of its own, so that expectations can call it.
private final class Addresses {
    private var table: AddressTable
    private let arena: Arena

    init(max: Int, key: UInt64) {
        var arena = Arena(byteCount: AddressTable.byteCount(addressesMax: max) + 4096, useHugePages: false)!
        table = AddressTable(arena: &arena, addressesMax: max, key: key)
        self.arena = arena
    }

    func insert(_ endpoint: Endpoint, owner: AddressTable.Owner) -> Bool { table.insert(endpoint, owner: owner) }
    func remove(_ endpoint: Endpoint) { table.remove(endpoint) }
    func owner(of endpoint: Endpoint) -> AddressTable.Owner? { table.owner(of: endpoint) }
    var count: Int { table.count }
}

/// A wheel of 64 timers.
private final class Wheel {
    private var wheel: TimerWheel
    private let arena: Arena

    init(now: UInt64 = 0) {
        var arena = Arena(byteCount: TimerWheel.byteCount(timersMax: 64) + 4096, useHugePages: false)!
        wheel = TimerWheel(arena: &arena, timersMax: 64, now: now)
        self.arena = arena
    }

    func set(_ timer: UInt32, at deadline: UInt64) { wheel.set(timer, at: deadline) }
    func cancel(_ timer: UInt32) { wheel.cancel(timer) }
    func nextDeadline() -> UInt64 { wheel.nextDeadline() }
    var count: Int { wheel.count }

    func due(_ now: UInt64) -> Set<UInt32> {
        var found: Set<UInt32> = []
        while let timer = wheel.popDue(now: now) { found.insert(timer) }
        return found
    }
}

@Suite struct AddressTableTests {
    private func endpoint(_ number: Int) -> Endpoint {
        Endpoint(ipv4: UInt32(number / 100), port: UInt16(1 + number % 100))
    }

    private func isPeer(_ owner: AddressTable.Owner?, _ index: UInt32) -> Bool {
        if case .peer(let found)? = owner { return found == index }
        return false
    }

    @Test func whatWasPutInIsFoundUntilItIsTakenOut() {
        let table = Addresses(max: 500, key: 99)
        var model: [Int: UInt32] = [:]
        var state: UInt64 = 1
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let number = Int(state >> 40) % 700
            if state >> 33 & 1 == 0 {
                table.remove(endpoint(number))
                model[number] = nil
            } else if model.count < 500 || model[number] != nil {
                #expect(table.insert(endpoint(number), owner: .peer(UInt32(number))))
                model[number] = UInt32(number)
            } else {
                #expect(!table.insert(endpoint(number), owner: .peer(0)))
            }
        }
        #expect(table.count == model.count)
        for number in 0..<700 {
            let owner = table.owner(of: endpoint(number))
            #expect(model[number] == nil ? owner == nil : isPeer(owner, UInt32(number)))
        }
    }

    @Test func anAddressIsTakenOver() {
        let table = Addresses(max: 8, key: 1)
        #expect(table.insert(endpoint(1), owner: .peer(3)))
        #expect(table.insert(endpoint(1), owner: .shard(2)))
        guard case .shard(2)? = table.owner(of: endpoint(1)) else {
            Issue.record("not the other shard's")
            return
        }
        #expect(table.count == 1)
    }
}

@Suite struct TimerWheelTests {
    private static let tick = TimerWheel.tickNanoseconds

    @Test func timersAreDueInTheirTimeAndNotBefore() {
        let wheel = Wheel(now: 1_000_000_000)
        for timer in 0..<50 as Range<UInt32> { wheel.set(timer, at: 1_000_000_000 + UInt64(timer) * 10_000_000) }
        var seen: Set<UInt32> = []
        for step in 0..<200 as Range<UInt64> {
            let now = 1_000_000_000 + step * 3_000_000
            for timer in wheel.due(now) {
                #expect(now >= 1_000_000_000 + UInt64(timer) * 10_000_000)
                #expect(now <= 1_000_000_000 + UInt64(timer) * 10_000_000 + 2 * Self.tick)
                #expect(seen.insert(timer).inserted)
            }
        }
        #expect(seen.count == 50 && wheel.count == 0)
    }

    @Test func aTimerThatIsMovedIsDueOnce() {
        let wheel = Wheel()
        wheel.set(7, at: 100_000_000)
        wheel.set(7, at: 50_000_000)
        wheel.set(7, at: 200_000_000)
        #expect(wheel.due(150_000_000).isEmpty)
        #expect(wheel.due(204_000_000) == [7])
        #expect(wheel.nextDeadline() == .max)
    }

    @Test func aCancelledTimerIsNotDue() {
        let wheel = Wheel()
        wheel.set(1, at: 8_000_000)
        wheel.set(2, at: 8_000_000)
        wheel.set(3, at: 8_000_000)
        wheel.cancel(2)
        wheel.cancel(2)
        #expect(wheel.due(20_000_000) == [1, 3])
    }

    @Test func aTimerBeforeTheFirstTickCanBeCancelled() {
        let wheel = Wheel()
        wheel.set(4, at: 0)
        wheel.set(5, at: 0)
        wheel.cancel(5)
        #expect(wheel.due(10_000_000) == [4])
    }

    @Test func neverIsNoDeadline() {
        let wheel = Wheel()
        wheel.set(1, at: .max)
        #expect(wheel.nextDeadline() == .max)
        #expect(wheel.due(1_000_000_000_000).isEmpty)
    }

    @Test func aTimeBeyondTheWheelsTurnComesEarlyNotLate() {
        let wheel = Wheel()
        wheel.set(1, at: 60_000_000_000)
        #expect(wheel.nextDeadline() <= 4_100_000_000)
    }

    @Test func aLeapServesAllThatIsDue() {
        let wheel = Wheel()
        for timer in 0..<64 as Range<UInt32> { wheel.set(timer, at: UInt64(timer) * 50_000_000) }
        #expect(wheel.due(1_000_000_000_000).count == 64)
        wheel.set(9, at: 5)
        #expect(wheel.due(1_000_000_000_000 + Self.tick) == [9])
    }

    @Test func theDeadlineIsTheEarliestTimers() {
        let wheel = Wheel()
        wheel.set(1, at: 400_000_000)
        wheel.set(2, at: 100_000_001)
        let deadline = wheel.nextDeadline()
        #expect(deadline >= 100_000_001 && deadline < 100_000_001 + Self.tick)
    }
}
