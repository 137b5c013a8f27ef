/// The classic filter for hosts that refuse bpf(2): STUN whose first attribute is USERNAME (as libwebrtc sends it) goes
/// to the shard that it names, everything else to the socket that the kernel's hash chooses.
///
/// It returns a socket's place in the group, in order of binding; a number past the last means the kernel's hash. Loads
/// count from the payload.
enum ClassicProgram {
    private static let hash: UInt32 = .max
    private static let loadByte: UInt16 = 0x30
    private static let loadHalf: UInt16 = 0x28
    private static let loadWord: UInt16 = 0x20
    private static let jumpEqual: UInt16 = 0x15
    private static let jumpGreater: UInt16 = 0x25
    private static let jumpGreaterOrEqual: UInt16 = 0x35
    private static let subtract: UInt16 = 0x14
    private static let shiftLeft: UInt16 = 0x64
    private static let addIndex: UInt16 = 0x0C
    private static let toIndex: UInt16 = 0x07
    private static let store: UInt16 = 0x02
    private static let load: UInt16 = 0x60
    private static let loadLength: UInt16 = 0x80
    private static let returnConstant: UInt16 = 0x06
    private static let returnValue: UInt16 = 0x16

    static func make() -> [UInt64] {
        var words: [UInt64] = []
        // A load past the end would return 0, which is the first shard.
        words += [word(loadLength), word(jumpGreaterOrEqual, 28, 1, 0), word(returnConstant, hash)]
        words += [word(loadByte, 0), word(jumpGreater, 3, 0, 1), word(returnConstant, hash)]
        words += [word(loadWord, 4), word(jumpEqual, 0x2112_A442, 1, 0), word(returnConstant, hash)]
        words += [word(loadHalf, 20), word(jumpEqual, 0x0006, 1, 0), word(returnConstant, hash)]
        words += digit(at: 24)
        words += [word(shiftLeft, 4), word(store, 0)]
        words += digit(at: 25)
        // X = A, A = M[0], A += X.
        words += [word(toIndex), word(load, 0), word(addIndex), word(returnValue)]
        return words
    }

    /// Ten instructions that leave a lower-case hexadecimal digit's value in A.
    private static func digit(at offset: UInt32) -> [UInt64] {
        [
            word(loadByte, offset),
            word(jumpGreaterOrEqual, 0x61, 4, 0),  // a letter
            word(jumpGreater, 0x39, 6, 0),
            word(jumpGreaterOrEqual, 0x30, 0, 5),
            word(subtract, 0x30),
            word(0x05, 4),  // done
            word(jumpGreater, 0x66, 2, 0),  // a letter:
            word(subtract, 0x61 - 10),
            word(0x05, 1),  // done
            word(returnConstant, hash),
        ]
    }

    /// struct sock_filter: code, distances when true and false, constant.
    private static func word(_ code: UInt16, _ constant: UInt32 = 0, _ yes: UInt8 = 0, _ no: UInt8 = 0) -> UInt64 {
        UInt64(code) | UInt64(yes) << 16 | UInt64(no) << 24 | UInt64(constant) << 32
    }
}
