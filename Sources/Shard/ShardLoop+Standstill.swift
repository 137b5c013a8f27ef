import CAllocations
import CPlatform
import Driver
import Engine
import Glibc
import Memory

/// A shard that stops so that another process goes on for it, and one that begins so. None of this is on the packet path.
extension ShardLoop {
    /// Reads no more, sends what it has, says what it knows, and waits for what becomes of it. False: another process has
    /// gone on.
    mutating func stand(_ standstill: Standstill) -> Bool {
        cp_count_allocations(false)
        _ = cp_run_first()
        defer {
            if !isRealtime { _ = cp_run_as_others() }
            cp_count_allocations(true)
        }
        guard port.hold(&departures) else {
            standstill.problem = "the kernel goes on receiving for shard \(index)"
            standstill.answer(.refused)
            return waitForEnd(standstill)
        }
        comeToRest()
        if shardCount > 1 {
            standstill.answer(.held)
            while standstill.state == .held { standstill.sleep(other: nil, milliseconds: 1000) }
            guard standstill.state == .write else { return waitForEnd(standstill) }
            // What other shards passed on before they held still.
            comeToRest()
        }
        standstill.bytes = engine.snapshot(now: port.now())
        standstill.answer(.written)
        return waitForEnd(standstill)
    }

    private mutating func waitForEnd(_ standstill: Standstill) -> Bool {
        while standstill.state != .goOn, standstill.state != .end {
            standstill.sleep(other: nil, milliseconds: 1000)
        }
        guard standstill.state == .goOn else { return false }
        port.release()
        standstill.answer(.running)
        return true
    }

    /// Rounds until nothing comes any more.
    private mutating func comeToRest() {
        var (quiet, left) = (0, 1000)
        while quiet < 2, left > 0 {
            let before = engine.report.pointee.datagramsReceived
            _ = round(deadline: 0)
            quiet = engine.report.pointee.datagramsReceived == before ? quiet + 1 : 0
            left -= 1
        }
        port.flush(&departures)
    }

    /// Obeys commands without reading until another process's snapshot is there. False: that came to nothing.
    mutating func adopt(_ standstill: Standstill, commandBell: Doorbell) -> Bool {
        var isLoaded = false
        while true {
            switch standstill.state {
            case .load:
                isLoaded = load(standstill)
            case .goOn where isLoaded:
                standstill.answer(.running)
                if !isRealtime { _ = cp_run_as_others() }
                return true
            case .end, .goOn: return false
            default: break
            }
            // Once the snapshot is there nothing may leave before the old process is known to send no more.
            var hasMore = false
            if standstill.state == .building {
                updateCounters()
                hasMore = engine.turn(now: port.now(), departures: &departures)
                port.flush(&departures)
                ringBells()
            }
            let isBuilding = standstill.state == .building
            standstill.sleep(other: isBuilding ? commandBell : nil, milliseconds: hasMore ? 0 : 20)
        }
    }

    private mutating func load(_ standstill: Standstill) -> Bool {
        _ = cp_run_first()
        do {
            try engine.restore(standstill.bytes, now: port.now())
            standstill.bytes = []
            standstill.answer(.loaded)
            return true
        } catch {
            standstill.problem = "shard \(index): \(error)"
            standstill.answer(.refused)
            return false
        }
    }
}
