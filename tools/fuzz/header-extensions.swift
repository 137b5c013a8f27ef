import Wire

@c(LLVMFuzzerTestOneInput)
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzzHeaderExtensions(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
