import Foundation
import Glibc

/// A Redis of one test: a temporary folder, a Unix socket in it, no port, nothing kept. It ends with the test run, however that
/// ends, since it is started by a shell that waits at a pipe.
final class RedisServer {
    let folder: String
    var address: String { "unix:" + folder + "/redis" }
    private var process: Process?
    private var lifeline = Pipe()
    private var pid: pid_t = 0

    struct Failure: Error { var text: String }

    init() throws {
        folder = "/tmp/millrace-redis-" + UUID().uuidString.prefix(13).lowercased()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try start()
    }

    private static let script = """
        exec 3>&1 > "$1/log" 2>&1
        rm -f "$1/redis"
        redis-server --port 0 --unixsocket "$1/redis" --save '' --appendonly no --dir "$1" 3>&- < /dev/null &
        server=$!
        until [ -S "$1/redis" ]; do kill -0 $server || exit 1; sleep 0.02; done
        echo $server >&3
        exec 3>&-
        read -r _
        kill -CONT $server
        kill $server
        wait $server
        """

    /// Empty, as after a restart without a file.
    func start() throws {
        let process = Process()
        let output = Pipe()
        lifeline = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", folder]
        process.standardInput = lifeline
        process.standardOutput = output
        try process.run()
        let answer = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let number = pid_t(answer.dropLast()) else {
            throw Failure(
                text: "Redis did not start; see \(folder)/log; is redis-server there? run tools/dev setup test")
        }
        pid = number
        self.process = process
    }

    func stop() {
        guard let process else { return }
        // Not its end alone: what was started meanwhile may have the pipe, too.
        try? lifeline.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        process.waitUntilExit()
        self.process = nil
    }

    /// Deaf, with all that it has.
    func freeze() { kill(pid, SIGSTOP) }
    func thaw() { kill(pid, SIGCONT) }

    deinit {
        stop()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
