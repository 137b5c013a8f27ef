/// The socket filter behind `RtpCounter`: counts RTP by what its payload types say and drops it.
///
/// A filter sees a datagram from its UDP header on, and merged ones (UDP_GRO) as one. STUN, DTLS, RTCP and what is neither pass,
/// and so does one of 256 datagrams of RTP, the first among them: as a sample.
enum CountingProgram {
    /// struct __sk_buff
    private static let length: Int16 = 0
    private static let segmentBytes: Int16 = 176
    private static let udpHeaderBytes: Int32 = 8
    // The stack, downwards from the frame.
    private static let piece: Int16 = -8
    private static let key: Int16 = -16
    private static let sums: Int16 = -24
    private static let step: Int16 = -32
    /// Audio from bit 0, retransmissions from bit 20, all from bit 40.
    private static let sumBits: Int32 = 20
    /// As the kernel merges at most (UDP_MAX_SEGMENTS); what is longer passes.
    private static let segmentsMax = 128
    static let sampleMask: Int32 = 255

    static func make(entries: Int32) -> [UInt64] {
        var program = Assembler()
        program.copy(.r6, .r1)
        findEntry(&program, entries)
        prepare(&program)
        for number in 0..<segmentsMax { look(&program, number) }
        program.jump("pass")
        program.label("counted")
        sample(&program)
        add(&program)
        program.set(.result, 0)
        program.exit()
        program.label("pass")
        program.set(.result, -1)
        program.exit()
        return program.assembled()
    }

    /// r8 becomes the entry of the datagram's destination port.
    private static func findEntry(_ program: inout Assembler, _ entries: Int32) {
        program.set(.r2, 2)
        load(&program, count: 2)
        program.load(.half, .r1, from: .frame, piece)
        program.fromNetwork(.r1, bits: 16)
        program.store(.word, .r1, to: .frame, key)
        program.map(.r1, entries)
        program.copy(.r2, .frame)
        program.apply(.add, .r2, Int32(key))
        program.call(.mapLookup)
        program.jump("pass", if: .result, .equal, 0)
        program.copy(.r8, .result)
    }

    /// r7 is the length with the UDP header, r9 the place of the next packet, `step` what lies between two.
    private static func prepare(_ program: inout Assembler) {
        program.load(.word, .r7, from: .r6, length)
        program.load(.word, .r1, from: .r6, segmentBytes)
        program.jump("merged", if: .r1, .notEqual, 0)
        program.copy(.r1, .r7)
        program.label("merged")
        program.store(.double, .r1, to: .frame, step)
        program.store(.double, constant: 0, to: .frame, sums)
        program.set(.r9, udpHeaderBytes)
    }

    /// One packet (RFC 7983 tells RTP by the first byte, RFC 5761 by the second).
    private static func look(_ program: inout Assembler, _ number: Int) {
        program.jump(number == 0 ? "pass" : "counted", if: .r9, .greaterOrEqual, .r7)
        program.copy(.r2, .r9)
        load(&program, count: 2)
        program.load(.byte, .r1, from: .frame, piece)
        program.jump("pass", if: .r1, .less, 128)
        program.jump("pass", if: .r1, .greater, 191)
        program.load(.byte, .r2, from: .frame, piece + 1)
        program.apply(.and, .r2, 0x7F)
        program.jump("other \(number)", if: .r2, .less, 64)
        program.jump("pass", if: .r2, .less, 96)
        program.label("other \(number)")
        program.load(.double, .r5, from: .frame, sums)
        isEqual(&program, .r3, to: RtpCounter.Entry.audioOffset)
        program.apply(.add, .r5, .r3)
        isEqual(&program, .r3, to: RtpCounter.Entry.repairOffset)
        program.apply(.shiftLeft, .r3, sumBits)
        program.apply(.add, .r5, .r3)
        program.set(.r3, 1)
        program.apply(.shiftLeft, .r3, 2 * sumBits)
        program.apply(.add, .r5, .r3)
        program.store(.double, .r5, to: .frame, sums)
        program.load(.double, .r1, from: .frame, step)
        program.apply(.add, .r9, .r1)
    }

    /// 1 when r2 is the payload type at this place of the entry, else 0: without a branch, so that the verifier has one way to walk.
    private static func isEqual(_ program: inout Assembler, _ register: Assembler.Register, to offset: Int16) {
        program.load(.word, register, from: .r8, offset)
        program.apply(.xor, register, .r2)
        program.apply(.add, register, -1)
        program.apply(.shiftRight, register, 63)
    }

    private static func sample(_ program: inout Assembler) {
        program.load(.double, .r1, from: .r8, RtpCounter.Entry.seenOffset)
        program.set(.r2, 1)
        program.addAtomically(.r2, to: .r8, RtpCounter.Entry.seenOffset)
        program.apply(.and, .r1, sampleMask)
        program.jump("pass", if: .r1, .equal, 0)
    }

    private static func add(_ program: inout Assembler) {
        program.load(.double, .r9, from: .frame, sums)
        for (number, offset) in RtpCounter.Entry.sumOffsets.enumerated() {
            program.copy(.r1, .r9)
            program.apply(.shiftRight, .r1, Int32(number) * sumBits)
            program.apply(.and, .r1, 1 << sumBits - 1)
            program.addAtomically(.r1, to: .r8, offset)
        }
        program.apply(.add, .r7, -udpHeaderBytes)
        program.addAtomically(.r7, to: .r8, RtpCounter.Entry.bytesOffset)
        program.set(.r1, 1)
        program.addAtomically(.r1, to: .r8, RtpCounter.Entry.datagramsOffset)
    }

    /// bpf_skb_load_bytes(ctx, r2, frame + piece, count); what is too short passes.
    private static func load(_ program: inout Assembler, count: Int32) {
        program.copy(.r1, .r6)
        program.copy(.r3, .frame)
        program.apply(.add, .r3, Int32(piece))
        program.set(.r4, count)
        program.call(.loadBytes)
        program.jump("pass", if: .result, .notEqual, 0)
    }
}
