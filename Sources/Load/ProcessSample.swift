import Glibc

/// CPU time and memory of a process at one moment, as Linux tells them (proc(5)): the same instrument for every SFU.
public struct ProcessSample: Sendable {
    public struct Thread: Sendable, Equatable {
        public var id: Int
        public var name: String
        public var cpuNanoseconds: UInt64
        /// Ready to run, but waiting for a processor.
        public var waitedNanoseconds: UInt64
    }

    public var threads: [Thread]
    public var residentBytes: UInt64

    public var cpuNanoseconds: UInt64 { threads.reduce(0) { $0 + $1.cpuNanoseconds } }

    /// Nil when there is no such process, or it may not be looked at.
    public init?(pid: Int32) {
        let folder = "/proc/\(pid)"
        let ids = Self.entries(of: folder + "/task").compactMap { Int($0) }.sorted()
        threads = ids.compactMap { id in
            guard let times = textOfFile("\(folder)/task/\(id)/schedstat")?.split(separator: " "), times.count >= 2,
                let ran = UInt64(times[0]), let waited = UInt64(times[1])
            else { return nil }
            let name = textOfFile("\(folder)/task/\(id)/comm")?.filter { $0 != "\n" } ?? ""
            return Thread(id: id, name: name, cpuNanoseconds: ran, waitedNanoseconds: waited)
        }
        guard !threads.isEmpty, let status = textOfFile(folder + "/status") else { return nil }
        residentBytes = Self.kilobytes("VmRSS:", in: status) * 1024
    }

    /// CPU time since `earlier`. What a thread used that has ended in between is not known.
    public func cpuNanoseconds(since earlier: ProcessSample) -> UInt64 {
        threads(since: earlier).reduce(0) { $0 + $1.cpuNanoseconds }
    }

    /// Threads with what each used since `earlier`.
    public func threads(since earlier: ProcessSample) -> [Thread] {
        let before = Dictionary(earlier.threads.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return threads.map { thread in
            var thread = thread
            if let old = before[thread.id] {
                thread.cpuNanoseconds -= min(old.cpuNanoseconds, thread.cpuNanoseconds)
                thread.waitedNanoseconds -= min(old.waitedNanoseconds, thread.waitedNanoseconds)
            }
            return thread
        }
    }

    private static func kilobytes(_ name: String, in status: String) -> UInt64 {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { UInt64($0) } ?? 0
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}

/// A small file's text; of /proc, whose files tell no size.
func textOfFile(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16384)
    while true {
        let count = read(descriptor, &part, part.count)
        if count <= 0 { break }
        bytes += part.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
}
