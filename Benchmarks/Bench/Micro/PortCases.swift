import CLoad
import Driver
import Memory

/// System calls of the driver, counted by itself: one burst received, one fanned out.
func portCases() throws(BenchError) -> [MicroCase] {
    guard PortProbe.host().uringRefusal == nil else { return [] }
    var cases: [MicroCase] = []
    for (receivers, packets) in [(3, 2), (200, 1), (200, 6)] {
        var options = try FloorOptions(Options([]))
        options.receivers = receivers
        let socket: PortSocket
        do throws(PortError) { socket = try PortSocket.open(address: "::", port: 0) } catch {
            throw BenchError("\(error)")
        }
        let others = try Receivers(count: receivers, port: socket.port, cpu: 0, isPlain: false)
        let stand = placed(try FloorStand.make(options, socket: socket))
        stand.pointee.aim(at: others.endpoints)
        cases.append(
            MicroCase(
                name: "port.floor-\(packets)x\(receivers)", packets: receivers * packets, iterations: 20,
                prepare: { _ in others.drain() },
                body: { count in for _ in 0..<count { stand.pointee.burst(packets: packets, bytes: 1100) } },
                systemCalls: {
                    let before = stand.pointee.counters
                    stand.pointee.burst(packets: packets, bytes: 1100)
                    let after = stand.pointee.counters
                    return (Int(after.kernelEnters - before.kernelEnters), Int(after.sends - before.sends))
                }))
    }
    return cases
}
