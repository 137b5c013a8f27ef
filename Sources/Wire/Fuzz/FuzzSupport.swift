import Contract

/// Bodies of the fuzz targets live in the library so that they cannot rot; entry points are one line each. They may
/// allocate. A body traps when a parser reads what it should not, or when what was written does not come back.
enum FuzzSupport {
    /// Every extension that is understood, under ids 1...11.
    static func map() -> MediaMap {
        var map = MediaMap()
        for kind in HeaderExtension.allCases { map.set(kind, id: kind.rawValue + 1) }
        return map
    }

    /// Calls `body` with a writer of `capacity` bytes and then with what it wrote.
    static func write(
        _ capacity: Int, _ body: (inout ByteWriter) throws(WireError) -> Void,
        then check: (UnsafeRawBufferPointer) -> Void
    ) throws(WireError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
        defer { unsafe memory.deallocate() }
        var writer = unsafe ByteWriter(memory)
        try body(&writer)
        unsafe check(writer.written)
    }
}
