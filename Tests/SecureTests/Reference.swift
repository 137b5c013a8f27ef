import CReference
import Contract

/// libsrtp2 with the same master key in both directions.
final class Reference {
    private let sends: OpaquePointer
    private let receives: OpaquePointer

    init(_ master: Master) {
        let key = master.key + master.salt
        sends = cr_open(master.profile.rawValue, key, true)!
        receives = cr_open(master.profile.rawValue, key, false)!
    }

    deinit {
        cr_close(sends)
        cr_close(receives)
    }

    func protect(_ packet: [UInt8]) -> [UInt8]? { run(packet) { cr_protect(sends, $0, $1) } }
    func unprotect(_ packet: [UInt8]) -> [UInt8]? { run(packet) { cr_unprotect(receives, $0, $1) } }
    func protectRtcp(_ packet: [UInt8]) -> [UInt8]? { run(packet) { cr_protect_rtcp(sends, $0, $1) } }
    func unprotectRtcp(_ packet: [UInt8]) -> [UInt8]? { run(packet) { cr_unprotect_rtcp(receives, $0, $1) } }

    /// The stream must have been seen by both directions.
    func setRollover(_ rollover: UInt32, ssrc: UInt32) -> Bool {
        cr_set_rollover(sends, ssrc, rollover) && cr_set_rollover(receives, ssrc, rollover)
    }

    private func run(_ packet: [UInt8], _ call: (UnsafeMutableRawPointer, Int32) -> Int32) -> [UInt8]? {
        var room = packet + [UInt8](repeating: 0, count: 160)
        let length = room.withUnsafeMutableBytes { call($0.baseAddress!, Int32(packet.count)) }
        return length > 0 ? Array(room.prefix(Int(length))) : nil
    }
}
