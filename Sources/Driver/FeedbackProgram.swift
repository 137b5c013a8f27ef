/// The classic filter of a process with one shard: transport-wide feedback goes to the group's second socket, which wakes nobody, and
/// everything else to the first. `SteeringProgram` does the same for several shards.
///
/// The first eight bytes of SRTCP are not encrypted (RFC 3711 §3.4). A compound that begins with feedback counts as feedback.
/// Loads count from the payload; one past the end returns 0, which is the first socket.
enum FeedbackProgram {
    /// Version 2, any padding, format 15 (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
    static let firstByte: Int32 = 0x8F
    static let paddingMask: Int32 = 0xDF
    /// RTPFB, RFC 4585 §6.1.
    static let packetType: Int32 = 205

    static func make() -> [UInt64] {
        let loadByte: UInt16 = 0x30
        let and: UInt16 = 0x54
        let jumpEqual: UInt16 = 0x15
        let returnConstant: UInt16 = 0x06
        return [
            word(loadByte, 0), word(and, UInt32(paddingMask)), word(jumpEqual, UInt32(firstByte), 0, 3),
            word(loadByte, 1), word(jumpEqual, UInt32(packetType), 0, 1),
            word(returnConstant, 1), word(returnConstant, 0),
        ]
    }

    /// struct sock_filter: code, distances when true and false, constant.
    private static func word(_ code: UInt16, _ constant: UInt32, _ yes: UInt8 = 0, _ no: UInt8 = 0) -> UInt64 {
        UInt64(code) | UInt64(yes) << 16 | UInt64(no) << 24 | UInt64(constant) << 32
    }
}
