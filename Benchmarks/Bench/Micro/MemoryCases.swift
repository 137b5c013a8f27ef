import Contract
import Engine
import Memory

/// Mailboxes and slots.
func memoryCases() -> [MicroCase] {
    let mailbox = Mailbox<Handover>(capacity: 64)
    let small = Mailbox<UInt64>(capacity: 64)
    var arena = Arena(byteCount: SlotPool.byteCount(capacity: 1024, slotBytes: 2048), useHugePages: false)!
    let pool = placed(SlotPool(arena: &arena, capacity: 1024, slotBytes: 2048))
    _ = placed(arena)
    let record = lasting([], room: 1200)
    return [
        MicroCase(name: "memory.mailbox") { count in
            for number in 0..<count {
                keep(small.push(UInt64(number)) ? 1 : 0)
                keep(Int(truncatingIfNeeded: small.pop() ?? 0))
            }
        },
        MicroCase(name: "memory.handover-1200") { count in
            for _ in 0..<count {
                guard let place = mailbox.reserve() else { return }
                place.pointee.bytes.fill(record.baseAddress!, count: record.count)
                mailbox.commit()
                guard let front = mailbox.front() else { return }
                keep(front.pointee.bytes.count)
                mailbox.advance()
            }
        },
        MicroCase(name: "memory.slot") { count in
            for _ in 0..<count {
                guard let slot = pool.pointee.take() else { return }
                pool.pointee.giveBack(slot)
            }
        },
    ]
}

/// The shard's tables: addresses and timers.
func tableCases() -> [MicroCase] {
    let peers = 4096
    var arena = Arena(
        byteCount: AddressTable.byteCount(addressesMax: peers * 8) + TimerWheel.byteCount(timersMax: peers) + 4096,
        useHugePages: false)!
    let table = placed(AddressTable(arena: &arena, addressesMax: peers * 8, key: 0x1234_5678_9ABC_DEF0))
    let wheel = placed(TimerWheel(arena: &arena, timersMax: peers, now: 1_000_000_000))
    let wheelTime = placed(UInt64(10_000_000_000))
    _ = placed(arena)
    for peer in 0..<peers { precondition(table.pointee.insert(Sample.endpoint(peer), owner: .peer(UInt32(peer)))) }
    return [
        MicroCase(name: "engine.address-known", iterations: 8192) { count in
            for number in 0..<count { keep(table.pointee.owner(of: Sample.endpoint(number & 4095)) == nil ? 0 : 1) }
        },
        MicroCase(name: "engine.address-unknown", iterations: 8192) { count in
            for number in 0..<count {
                keep(table.pointee.owner(of: Sample.endpoint(5000 + number & 4095)) == nil ? 0 : 1)
            }
        },
        MicroCase(name: "engine.timer-set", iterations: 8192) { count in
            for number in 0..<count {
                wheel.pointee.set(UInt32(number & 4095), at: 2_000_000_000 + UInt64(number) * 200_000)
            }
        },
        MicroCase(
            name: "engine.timer-due", iterations: 4096,
            prepare: { count in
                wheelTime.pointee += 100_000_000
                for number in 0..<count { wheel.pointee.set(UInt32(number), at: wheelTime.pointee) }
            },
            body: { count in
                let now = wheelTime.pointee + TimerWheel.tickNanoseconds
                for _ in 0..<count { keep(Int(wheel.pointee.popDue(now: now) ?? 0)) }
            }),
    ]
}
