import Memory
import Testing

@Suite struct SlotPoolTests {
    @Test func everySlotIsHandedOutOnceAndComesBack() {
        var arena = Arena(byteCount: SlotPool.byteCount(capacity: 5, slotBytes: 2048), useHugePages: false)!
        var pool = SlotPool(arena: &arena, capacity: 5, slotBytes: 2048)
        var parked: [UInt32] = []
        while let slot = pool.take() { parked.append(slot.park()) }
        let isEmpty = pool.freeCount == 0
        #expect(isEmpty && Set(parked) == Set(0..<5))
        for index in parked { pool.giveBack(pool.unpark(index)) }
        let free = pool.freeCount
        #expect(free == 5)
    }

    @Test func slotsDoNotOverlap() {
        var arena = Arena(byteCount: SlotPool.byteCount(capacity: 3, slotBytes: 2048), useHugePages: false)!
        let pool = SlotPool(arena: &arena, capacity: 3, slotBytes: 2048)
        for index in 0..<3 as Range<UInt32> {
            pool.memory(of: index).initializeMemory(as: UInt8.self, repeating: UInt8(index) + 1, count: 2048)
        }
        var isKept = true
        for index in 0..<3 as Range<UInt32> {
            for place in 0..<2048 {
                isKept =
                    isKept && pool.memory(of: index).load(fromByteOffset: place, as: UInt8.self) == UInt8(index) + 1
            }
        }
        #expect(isKept)
    }

    @Test func aLostSlotEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            var arena = Arena(byteCount: SlotPool.byteCount(capacity: 1, slotBytes: 2048), useHugePages: false)!
            var pool = SlotPool(arena: &arena, capacity: 1, slotBytes: 2048)
            _ = pool.take()
        }
    }

    @Test func aSlotThatComesHomeTwiceEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            var arena = Arena(byteCount: SlotPool.byteCount(capacity: 1, slotBytes: 2048), useHugePages: false)!
            var pool = SlotPool(arena: &arena, capacity: 1, slotBytes: 2048)
            let index = pool.take()!.park()
            pool.giveBack(pool.unpark(index))
            pool.giveBack(pool.unpark(index))
        }
    }
}

@Suite struct DeparturesTests {
    @Test func aCellIsBackAfterItsRunHasLeft() {
        var arena = Arena(byteCount: Departures.byteCount(capacity: 2), useHugePages: false)!
        var departures = Departures(arena: &arena, capacity: 2)
        let first = departures.takeCell()
        let second = departures.takeCell()
        let third = departures.takeCell()
        #expect(first != nil && second != nil && first != second && third == nil)
        departures.push(Run(cell: first!, byteCount: 10, segmentBytes: 10, segments: 1, destination: .none))
        let waiting = (departures.count, departures[0].cell)
        #expect(waiting == (1, first!))
        departures.removeAll()
        departures.giveBack(cell: first!)
        let left = (departures.count, departures.freeCount)
        #expect(left == (0, 1))
    }
}

@Suite struct ArenaTests {
    @Test func whatIsTakenIsZeroedAlignedAndApart() {
        var arena = Arena(byteCount: 1 << 20, useHugePages: false)!
        let first = arena.take(UInt64.self, count: 3)
        let second = arena.takeBytes(100, alignment: 4096)
        #expect((0..<3).allSatisfy { first[$0] == 0 })
        #expect(UInt(bitPattern: first) % 64 == 0 && UInt(bitPattern: second) % 4096 == 0)
        #expect(second >= UnsafeMutableRawPointer(first + 3))
    }

    @Test func moreThanItHoldsEndsTheProcess() async {
        await #expect(processExitsWith: .failure) {
            var arena = Arena(byteCount: 1 << 20, useHugePages: false)!
            _ = arena.takeBytes(arena.byteCount + 1)
        }
    }
}
