import Driver
import Glibc

/// What checks may know of the host: files below a root folder, and what was found out by trying.
public struct Host: Sendable {
    /// Empty for the real files; tests put others there.
    public var root: String
    /// Whose limits and rights are judged: "self" or a process's number.
    public var process: String
    public var probes: Probes

    public init(root: String = "", process: String = "self", probes: Probes) {
        self.root = root
        self.process = process
        self.probes = probes
    }

    /// A file's text without white space at its end; nil when it cannot be read. `path` begins with a slash.
    public func text(_ path: String) -> String? { Self.bytes(root + path).map(Self.trimmed) }

    public func number(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    /// The names in a folder, sorted; empty when there is none.
    public func names(in path: String) -> [String] {
        guard let folder = opendir(root + path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Where a symbolic link leads; nil when there is none.
    func link(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 256)
        let count = readlink(root + path, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// The permission bits of a file; nil when there is none.
    public func mode(_ path: String) -> UInt32? {
        var facts = stat()
        return stat(root + path, &facts) == 0 ? facts.st_mode & 0o7777 : nil
    }

    /// The value behind `name` in a file of `name: value` lines.
    public func field(_ name: String, of path: String) -> String? {
        guard let line = text(path)?.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") })
        else { return nil }
        return line.split(separator: ":", maxSplits: 1).last.map { Self.trimmed(Array($0.utf8)) }
    }

    /// The soft and the hard limit of a row in /proc/PID/limits; `UInt64.max` for none.
    func limit(_ row: String) -> (soft: UInt64, hard: UInt64)? {
        guard let line = text("/proc/\(process)/limits")?.split(separator: "\n").first(where: { $0.hasPrefix(row) })
        else { return nil }
        let values = line.dropFirst(row.count).split(separator: " ").prefix(2).map { text in
            text == "unlimited" ? UInt64.max : UInt64(text)
        }
        guard values.count == 2, let soft = values[0], let hard = values[1] else { return nil }
        return (soft, hard)
    }

    /// Numbers of a list such as 0-3,8.
    static func list(_ text: String) -> [Int] {
        text.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0.filter { $0 != " " }) }
            guard let first = ends.first, let last = ends.last, first <= last, last < 8192 else { return [] }
            return Array(first...last)
        }
    }

    static func bytes(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer[0..<count]
            // No file that is asked for is that long.
            if bytes.count > 8 << 20 { return nil }
        }
        return bytes
    }

    private static func trimmed(_ bytes: [UInt8]) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 32 || (9...13).contains($0) }
        let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end].drop(while: isSpace), as: UTF8.self)
    }
}

extension Host {
    /// The shards' processors, as the server would place them; empty when it would not pin them, or not start.
    func shardCpus(_ plan: Plan) -> [Int] {
        let allowed = allowedCpus
        let cpus = Placement.cpus(count: plan.shards, wanted: plan.cpus, allowed: allowed) ?? []
        return cpus.allSatisfy { allowed.contains($0) } ? cpus : []
    }

    /// Processors that the process may use: those of all its threads, since a server that runs keeps its main thread off
    /// the shards' ones.
    var allowedCpus: [Int] {
        let threads = names(in: "/proc/\(process)/task").map { "/proc/\(process)/task/\($0)/status" }
        let lists = (["/proc/\(process)/status"] + threads).compactMap { field("Cpus_allowed_list", of: $0) }
        return Set(lists.flatMap(Self.list)).sorted()
    }
}
