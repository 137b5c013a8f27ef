/// The SK_REUSEPORT program: which shard's socket gets a datagram.
///
/// A validated address is in the map. Else a STUN request names its shard in USERNAME (RFC 8489 §14.3), which begins with
/// our ufrag, whose first two characters are the shard in hexadecimal. Everything else falls to the kernel's hash.
enum SteeringProgram {
    /// struct sk_reuseport_md
    private static let etherProtocol: Int16 = 20
    private static let hash: Int16 = 32
    // The stack, downwards from the frame; doublewords must be aligned.
    /// 16 address bytes, 2 of port in network order, 2 zero: the map's key.
    private static let key: Int16 = -24
    private static let shard: Int16 = -28
    /// What was last read of the payload.
    private static let piece: Int16 = -40
    private static let udpHeaderBytes: Int32 = 8
    private static let stunHeaderBytes: Int32 = 20
    private static let magicCookie: Int32 = 0x2112_A442
    private static let usernameType: Int32 = 0x0006
    /// Browsers put USERNAME first or second; a stranger may make us look no further than this.
    private static let attributesMax = 10

    /// BPF_HDR_START_NET: offsets count from the IP header.
    private static let fromNetworkHeader: Int32 = 1

    /// `hasPatient`: behind the shards' sockets the array has one more for each, for transport-wide feedback.
    static func make(addresses: Int32, sockets: Int32, shardCount: Int, hasPatient: Bool = false) -> [UInt64] {
        var program = Assembler()
        program.copy(.r6, .r1)
        readSource(&program)
        lookUp(&program, addresses)
        findUsername(&program)
        readShard(&program, shardCount)
        program.jump("select")
        if hasPatient { chooseByHash(&program, shardCount) }
        program.label("select")
        if hasPatient { setFeedbackAside(&program, shardCount) }
        select(&program, sockets)
        if !hasPatient { program.label("hash") }
        // SK_PASS. Without a selected socket the kernel's hash chooses.
        program.set(.result, 1)
        program.exit()
        return program.assembled()
    }

    /// Among the shards' sockets: the kernel would choose among the patient ones, too.
    private static func chooseByHash(_ program: inout Assembler, _ shardCount: Int) {
        program.label("hash")
        program.load(.word, .r7, from: .r6, hash)
        program.apply(.modulo, .r7, Int32(shardCount))
    }

    /// r7 becomes the place of the shard's patient socket when this is transport-wide feedback.
    private static func setFeedbackAside(_ program: inout Assembler, _ shardCount: Int) {
        program.set(.r2, udpHeaderBytes)
        load(&program, count: 2, to: piece)
        program.jump("whole", if: .result, .notEqual, 0)
        program.load(.byte, .r8, from: .frame, piece)
        program.apply(.and, .r8, FeedbackProgram.paddingMask)
        program.jump("whole", if: .r8, .notEqual, FeedbackProgram.firstByte)
        program.load(.byte, .r8, from: .frame, piece + 1)
        program.jump("whole", if: .r8, .notEqual, FeedbackProgram.packetType)
        program.apply(.add, .r7, Int32(shardCount))
        program.label("whole")
    }

    /// Builds the key from the IP header's source address and the UDP header's source port.
    private static func readSource(_ program: inout Assembler) {
        program.store(.double, constant: 0, to: .frame, key)
        program.store(.double, constant: 0, to: .frame, key + 8)
        program.store(.word, constant: 0, to: .frame, key + 16)
        program.load(.word, .r7, from: .r6, etherProtocol)
        program.fromNetwork(.r7, bits: 16)
        program.jump("ipv6", if: .r7, .equal, 0x86DD)
        program.jump("hash", if: .r7, .notEqual, 0x0800)
        // ::ffff:a.b.c.d
        program.store(.half, constant: -1, to: .frame, key + 10)
        loadRelative(&program, from: 12, count: 4, to: key + 12)
        program.jump("port")
        program.label("ipv6")
        loadRelative(&program, from: 8, count: 16, to: key)
        program.label("port")
        program.jump("hash", if: .result, .notEqual, 0)
        program.set(.r2, 0)
        load(&program, count: 2, to: key + 16)
        program.jump("hash", if: .result, .notEqual, 0)
    }

    private static func lookUp(_ program: inout Assembler, _ addresses: Int32) {
        program.map(.r1, addresses)
        program.copy(.r2, .frame)
        program.apply(.add, .r2, Int32(key))
        program.call(.mapLookup)
        program.jump("stun", if: .result, .equal, 0)
        program.load(.word, .r7, from: .result, 0)
        program.jump("select")
    }

    /// Leaves the first bytes of USERNAME's value behind four bytes of attribute header in `piece`, or goes to "hash".
    private static func findUsername(_ program: inout Assembler) {
        program.label("stun")
        program.set(.r2, udpHeaderBytes)
        load(&program, count: 8, to: piece)
        program.jump("hash", if: .result, .notEqual, 0)
        program.load(.byte, .r7, from: .frame, piece)
        program.jump("hash", if: .r7, .greater, 3)
        program.load(.word, .r7, from: .frame, piece + 4)
        program.fromNetwork(.r7, bits: 32)
        program.jump("hash", if: .r7, .notEqual, magicCookie)
        program.set(.r8, udpHeaderBytes + stunHeaderBytes)
        for _ in 0..<attributesMax { nextAttribute(&program) }
        program.jump("hash")
    }

    /// r8 is the attribute's place. A shorter rest than eight bytes cannot hold a USERNAME of ours.
    private static func nextAttribute(_ program: inout Assembler) {
        program.copy(.r2, .r8)
        load(&program, count: 8, to: piece)
        program.jump("hash", if: .result, .notEqual, 0)
        program.load(.half, .r7, from: .frame, piece)
        program.fromNetwork(.r7, bits: 16)
        program.jump("username", if: .r7, .equal, usernameType)
        program.load(.half, .r7, from: .frame, piece + 2)
        program.fromNetwork(.r7, bits: 16)
        // RFC 8489 §14: values are padded to four bytes.
        program.apply(.add, .r7, 3)
        program.apply(.and, .r7, ~3)
        program.apply(.add, .r8, 4)
        program.apply(.add, .r8, .r7)
    }

    /// r7 becomes the shard.
    private static func readShard(_ program: inout Assembler, _ shardCount: Int) {
        program.label("username")
        readDigit(&program, at: piece + 4, into: .r7, "high")
        program.apply(.shiftLeft, .r7, 4)
        readDigit(&program, at: piece + 5, into: .r8, "low")
        program.apply(.add, .r7, .r8)
        program.jump("hash", if: .r7, .greaterOrEqual, Int32(shardCount))
    }

    private static func readDigit(
        _ program: inout Assembler, at place: Int16, into register: Assembler.Register, _ name: String
    ) {
        program.load(.byte, register, from: .frame, place)
        program.jump("hash", if: register, .less, 0x30)
        program.jump(name + " letter", if: register, .greater, 0x39)
        program.apply(.add, register, -0x30)
        program.jump(name + " done")
        program.label(name + " letter")
        program.jump("hash", if: register, .less, 0x61)
        program.jump("hash", if: register, .greater, 0x66)
        program.apply(.add, register, 10 - 0x61)
        program.label(name + " done")
    }

    private static func select(_ program: inout Assembler, _ sockets: Int32) {
        program.store(.word, .r7, to: .frame, shard)
        program.copy(.r1, .r6)
        program.map(.r2, sockets)
        program.copy(.r3, .frame)
        program.apply(.add, .r3, Int32(shard))
        program.set(.r4, 0)
        program.call(.selectReuseport)
    }

    /// bpf_skb_load_bytes(ctx, r2, frame + place, count), from the UDP header on.
    private static func load(_ program: inout Assembler, count: Int32, to place: Int16) {
        program.copy(.r1, .r6)
        program.copy(.r3, .frame)
        program.apply(.add, .r3, Int32(place))
        program.set(.r4, count)
        program.call(.loadBytes)
    }

    private static func loadRelative(_ program: inout Assembler, from offset: Int32, count: Int32, to place: Int16) {
        program.copy(.r1, .r6)
        program.set(.r2, offset)
        program.copy(.r3, .frame)
        program.apply(.add, .r3, Int32(place))
        program.set(.r4, count)
        program.set(.r5, fromNetworkHeader)
        program.call(.loadBytesRelative)
    }
}
