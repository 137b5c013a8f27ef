/// eBPF programs on their way into the kernel.
enum BpfProgram {
    /// One of CPlatformBpf.h's: words, their count, a log and its size; a descriptor or a negative errno.
    typealias Loader = (UnsafePointer<UInt64>?, UInt32, UnsafeMutablePointer<CChar>?, UInt32) -> Int32

    /// What the loader returned, and the verifier's last words, which are its reason.
    static func load(_ words: [UInt64], by loader: Loader) -> (status: Int32, lastWords: String) {
        var log = [CChar](repeating: 0, count: 1 << 20)
        let status = loader(words, UInt32(words.count), &log, UInt32(log.count))
        let said = log.prefix { $0 != 0 }.suffix(400).map { UInt8(bitPattern: $0) }
        return (status, String(decoding: said, as: UTF8.self))
    }
}
