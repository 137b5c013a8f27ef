/// Who has a port: found by the sockets that the kernel lists in this network and the descriptors of processes.
struct PortHolder {
    private let inodes: Set<String>
    private let host: Host

    init(_ refusal: BindRefusal, _ host: Host) {
        self.host = host
        let files = refusal.what.hasPrefix("UDP") ? ["udp", "udp6"] : ["tcp", "tcp6"]
        let port = refusal.what.split(separator: " ").last.flatMap { UInt16($0) } ?? 0
        let rows = files.flatMap { host.text("/proc/net/\($0)")?.split(separator: "\n").dropFirst() ?? [] }
        inodes = Set(rows.compactMap { Self.inode($0, port) })
    }

    /// The tenth column of a row whose second is ADDRESS:PORT in hexadecimal.
    private static func inode(_ row: Substring, _ port: UInt16) -> String? {
        let words = row.split(separator: " ")
        guard words.count > 9, let own = words[1].split(separator: ":").last, UInt16(own, radix: 16) == port else {
            return nil
        }
        return String(words[9])
    }

    /// The server that serves here already, as a phrase; nil when it is another program.
    var server: String? {
        var hidden: String?
        for process in host.names(in: "/proc") where isServer(process) {
            let descriptors = host.names(in: "/proc/\(process)/fd")
            // Another user's descriptors are not ours to see.
            if descriptors.isEmpty { hidden = process }
            if descriptors.contains(where: { isOurs("/proc/\(process)/fd/\($0)") }) {
                return "the millrace server that runs (process \(process))"
            }
        }
        return hidden.map { "somebody, most likely the millrace server that runs (process \($0)); root can tell" }
    }

    private func isServer(_ process: String) -> Bool {
        guard process.allSatisfy(\.isNumber), host.text("/proc/\(process)/comm") == "millrace" else { return false }
        return host.text("/proc/\(process)/cmdline")?.contains("serve") == true
    }

    private func isOurs(_ descriptor: String) -> Bool {
        guard let target = host.link(descriptor), target.hasPrefix("socket:[") else { return false }
        return inodes.contains(String(target.dropFirst(8).dropLast()))
    }
}
