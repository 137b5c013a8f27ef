import Glibc

/// What started this process, such as systemd, and wants to hear how it goes (sd_notify(3)): a datagram of `NAME=value`
/// lines to the socket that NOTIFY_SOCKET names. Nothing is sent where there is none.
public struct ServiceManager: Sendable {
    private let socketName: String?
    /// How often it wants a sign of life, in microseconds; nil when it does not.
    let watchdogMicroseconds: Int64?

    public init(environment: [String: String], process: Int32 = getpid()) {
        socketName = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        // WATCHDOG_PID names the process that is meant, when that is not any child.
        let isMeant = environment["WATCHDOG_PID"].map { Int32($0) == process } ?? true
        let given = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        watchdogMicroseconds = isMeant && socketName != nil ? given : nil
    }

    /// Nobody wants to hear.
    init() {
        socketName = nil
        watchdogMicroseconds = nil
    }

    func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    func alive() { send("WATCHDOG=1") }
    /// Another process is the service from now on.
    func follow(_ process: Int32) { send("MAINPID=\(process)\nSTATUS=handed over") }
    func stopping() { send("STOPPING=1\nSTATUS=draining") }

    /// Losing a word is no reason to stop serving: errors are not told.
    private func send(_ text: String) {
        guard let socketName else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(socketName.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else { return }
        withUnsafeMutableBytes(of: &name.sun_path) { path in
            path.copyBytes(from: bytes)
            // An abstract name begins with a zero byte.
            if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        }
        let length = socklen_t(2 + bytes.count)
        _ = withUnsafePointer(to: &name) { place in
            sendto(
                descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT),
                UnsafeRawPointer(place).assumingMemoryBound(to: sockaddr.self), length)
        }
    }
}
