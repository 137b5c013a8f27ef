import CAllocations
import CBenchmark
import CPlatform
import Glibc

/// One stage of the packet path, by itself.
struct MicroCase {
    let name: String
    /// What an iteration stands for when figures are told per packet.
    var packets = 1
    /// Iterations that are measured at once.
    var iterations = 2000
    /// Before each measured round, and not measured: makes what `body` uses up.
    var prepare: (Int) -> Void = { _ in }
    /// Does its work so many times.
    let body: (Int) -> Void
    /// Driver's enters and sends in one iteration; nil where no port is used.
    var systemCalls: (() -> (enters: Int, sends: Int))?
}

/// Runs cases and prints a JSON line for each. Under callgrind each runs once, and callgrind writes what it counted.
struct Micro {
    static func run(_ options: Options) throws(BenchError) {
        var options = options
        let wanted = options.text("case")
        let isList = options.flag("list")
        let cpu = try options.number("cpu", 0)
        try options.finish()
        _ = cp_pin_to_cpu(Int32(cpu))
        var found = false
        for group in groups {
            for one in try group() where wanted == nil || one.name.hasPrefix(wanted!) {
                found = true
                if isList { print(one.name) } else { measure(one) }
            }
        }
        guard found else { throw BenchError("no case is called \(wanted ?? "")") }
    }

    static var groups: [() throws(BenchError) -> [MicroCase]] {
        [wireCases, secureCases, memoryCases, tableCases, forwardCases, engineCases, portCases]
    }

    private static func measure(_ one: MicroCase) {
        // What is made on first use is no cost of a packet.
        one.prepare(one.iterations)
        one.body(one.iterations)
        if cb_is_counting() { return count(one) }
        var best = Double.infinity
        for _ in 0..<5 {
            one.prepare(one.iterations)
            let start = cp_thread_cpu_nanoseconds()
            one.body(one.iterations)
            best = min(best, Double(cp_thread_cpu_nanoseconds() - start))
        }
        one.prepare(one.iterations)
        cp_count_allocations(true)
        one.body(one.iterations)
        let allocations = cp_allocations()
        cp_count_allocations(false)
        let work = Double(one.iterations * one.packets)
        var line =
            "{\"case\":\"\(one.name)\",\"packets\":\(one.packets),\"nanoseconds\":\(best / work),\"allocations\":\(allocations)"
        if let calls = one.systemCalls?() {
            line +=
                ",\"entersPerPacket\":\(Double(calls.enters) / Double(one.packets)),\"sendsPerPacket\":\(Double(calls.sends) / Double(one.packets))"
        }
        print(line + "}")
        fflush(nil)
    }

    private static func count(_ one: MicroCase) {
        one.prepare(one.iterations)
        cb_begin()
        one.body(one.iterations)
        cb_end("\(one.name) \(one.iterations * one.packets)")
    }
}

/// Where results go, so that the compiler keeps the work that makes them.
@inline(never)
func keep(_ value: Int) { sink.pointee = sink.pointee &+ value }

// SAFETY: one thread measures.
nonisolated(unsafe) private let sink: UnsafeMutablePointer<Int> = {
    let place = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    place.initialize(to: 0)
    return place
}()

/// Memory that lasts as long as the process.
func lasting(_ bytes: [UInt8], room: Int = 0) -> UnsafeMutableRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, room), alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    memory.copyBytes(from: bytes)
    return memory
}

/// Makes `value` at a place that lasts: no exclusivity checks and no copies in measured loops.
func placed<Value: ~Copyable>(_ value: consuming Value) -> UnsafeMutablePointer<Value> {
    let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    place.initialize(to: value)
    return place
}
