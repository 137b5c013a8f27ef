/// A small assembler for eBPF, enough for the programs here: instructions by name, jumps by label.
///
/// Each instruction is one 64-bit word: opcode, two registers, a 16-bit jump distance or offset, a 32-bit constant.
struct Assembler {
    enum Register: UInt64 {
        case r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10
        /// What a helper or the program returns.
        static var result: Register { .r0 }
        /// The end of 512 bytes of stack; read-only.
        static var frame: Register { .r10 }
    }

    enum Width: UInt64 {
        case word = 0x00
        case half = 0x08
        case byte = 0x10
        case double = 0x18
    }

    enum Condition: UInt64 {
        case equal = 0x10
        case greater = 0x20
        case greaterOrEqual = 0x30
        case notEqual = 0x50
        case less = 0xA0
    }

    enum Operation: UInt64 {
        case add = 0x00
        case and = 0x50
        case shiftLeft = 0x60
        case shiftRight = 0x70
        case modulo = 0x90
        case xor = 0xA0
    }

    /// Helper functions of the kernel, by number.
    enum Helper: Int32 {
        case mapLookup = 1
        case loadBytes = 26
        case loadBytesRelative = 68
        case selectReuseport = 82
    }

    private(set) var words: [UInt64] = []
    private var labels: [String: Int] = [:]
    private var jumps: [(place: Int, label: String)] = []

    private mutating func emit(
        _ opcode: UInt64, _ destination: Register = .r0, _ source: UInt64 = 0, offset: Int16 = 0, constant: Int32 = 0
    ) {
        words.append(
            opcode | destination.rawValue << 8 | source << 12 | UInt64(UInt16(bitPattern: offset)) << 16
                | UInt64(UInt32(bitPattern: constant)) << 32)
    }

    mutating func label(_ name: String) {
        precondition(labels[name] == nil, "a label is set once")
        labels[name] = words.count
    }

    mutating func set(_ register: Register, _ constant: Int32) { emit(0xB7, register, constant: constant) }
    mutating func copy(_ destination: Register, _ source: Register) { emit(0xBF, destination, source.rawValue) }
    mutating func apply(_ operation: Operation, _ register: Register, _ constant: Int32) {
        emit(0x07 | operation.rawValue, register, constant: constant)
    }
    mutating func apply(_ operation: Operation, _ register: Register, _ source: Register) {
        emit(0x0F | operation.rawValue, register, source.rawValue)
    }
    /// Turns the low `bits` of a register from network order to the host's.
    mutating func fromNetwork(_ register: Register, bits: Int32) { emit(0xDC, register, constant: bits) }

    mutating func load(_ width: Width, _ register: Register, from base: Register, _ offset: Int16) {
        emit(0x61 | width.rawValue, register, base.rawValue, offset: offset)
    }
    mutating func store(_ width: Width, _ register: Register, to base: Register, _ offset: Int16) {
        emit(0x63 | width.rawValue, base, register.rawValue, offset: offset)
    }
    mutating func store(_ width: Width, constant: Int32, to base: Register, _ offset: Int16) {
        emit(0x62 | width.rawValue, base, offset: offset, constant: constant)
    }

    /// Adds to eight bytes of memory that other processors add to.
    mutating func addAtomically(_ register: Register, to base: Register, _ offset: Int16) {
        emit(0xDB, base, register.rawValue, offset: offset)
    }

    /// A map by its descriptor: two words.
    mutating func map(_ register: Register, _ descriptor: Int32) {
        emit(0x18, register, 1, constant: descriptor)
        emit(0)
    }

    mutating func call(_ helper: Helper) { emit(0x85, constant: helper.rawValue) }
    mutating func exit() { emit(0x95) }

    mutating func jump(_ label: String) {
        jumps.append((words.count, label))
        emit(0x05)
    }
    mutating func jump(_ label: String, if register: Register, _ condition: Condition, _ constant: Int32) {
        jumps.append((words.count, label))
        emit(0x05 | condition.rawValue, register, constant: constant)
    }
    mutating func jump(_ label: String, if register: Register, _ condition: Condition, _ other: Register) {
        jumps.append((words.count, label))
        emit(0x0D | condition.rawValue, register, other.rawValue)
    }

    /// The program, with jumps resolved.
    func assembled() -> [UInt64] {
        var words = words
        for (place, label) in jumps {
            guard let target = labels[label] else { preconditionFailure("no label \(label)") }
            words[place] |= UInt64(UInt16(bitPattern: Int16(target - place - 1))) << 16
        }
        return words
    }
}
