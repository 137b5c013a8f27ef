import CPlatform
import Memory

/// The message headers of all cells, made once. A cell's slot is filled when its run is queued and stays as it is until
/// the kernel has taken the run.
struct SendSlots: BitwiseCopyable {
    private let slots: UnsafeMutablePointer<cp_send_slot>
    let capacity: Int
    private let isIPv4: Bool

    static func arenaBytes(runs: Int) -> Int { runs * MemoryLayout<cp_send_slot>.stride + 64 }

    init(arena: inout Arena, runs: Int, isIPv4: Bool) {
        slots = arena.take(cp_send_slot.self, count: runs)
        capacity = runs
        self.isIPv4 = isIPv4
        for index in 0..<runs { cp_send_slot_init(slots + index) }
    }

    @_noLocks
    func slot(of cell: UInt32) -> UnsafeMutablePointer<cp_send_slot> {
        precondition(cell < UInt32(capacity), "the port was made for fewer runs")
        return slots + Int(cell)
    }

    /// Describes a run to the kernel.
    @_noLocks
    func fill(_ run: Run, bytes: UnsafeMutableRawPointer) {
        let slot = slot(of: run.cell)
        cp_send_slot_name(slot, run.destination.high, run.destination.low, run.destination.port, isIPv4)
        cp_send_slot_bytes(slot, bytes, Int(run.byteCount), run.segments > 1 ? run.segmentBytes : 0)
    }
}

/// The sender's address as the kernel wrote it: sockaddr_in or sockaddr_in6. Nil for anything else.
@_noLocks
func endpoint(ofName name: UnsafeRawPointer, length: Int) -> Endpoint? {
    guard length >= 16 else { return nil }
    let family = Int32(name.loadUnaligned(as: UInt16.self))
    let port = UInt16(bigEndian: name.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    if family == 10, length >= 28 { return Endpoint(address: name + 8, port: port) }  // AF_INET6
    guard family == 2 else { return nil }  // AF_INET
    return Endpoint(ipv4: UInt32(bigEndian: name.loadUnaligned(fromByteOffset: 4, as: UInt32.self)), port: port)
}
