import Foundation

/// A PostgreSQL of this test run alone: a temporary folder, a Unix socket in it, no port. It ends with the process,
/// however that ends, since it waits at a pipe.
final class PostgresServer: Sendable {
    static let shared = Result { try PostgresServer() }

    private let folder: String
    private let lifeline: Pipe
    private let process: Process

    struct Failure: Error, CustomStringConvertible { var description: String }

    private init() throws {
        guard let binaries = Self.binaries() else {
            throw Failure(description: "no PostgreSQL in /usr/lib/postgresql: run tools/dev setup test")
        }
        folder = "/tmp/millrace-postgres-\(getpid())"
        lifeline = Pipe()
        process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", folder, binaries]
        process.standardInput = lifeline
        process.standardOutput = output
        try process.run()
        let answer = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard answer == "ready\n" else { throw Failure(description: "PostgreSQL did not start; see \(folder).log") }
    }

    private static func binaries() -> String? {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.compactMap(Int.init).max().map { "/usr/lib/postgresql/\($0)/bin" }
    }

    // PostgreSQL does not run as root.
    private static let script = """
        folder=$1 binaries=$2
        as= ; [ "$(id -u)" = 0 ] && as="setpriv --reuid=postgres --regid=postgres --clear-groups"
        cd / && mkdir -p "$folder" && { [ -z "$as" ] || chown postgres "$folder"; }
        exec 3>&1 > "$folder.log" 2>&1
        $as "$binaries/initdb" -D "$folder/data" -U postgres -A trust --no-sync || exit 1
        $as "$binaries/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= 3>&- < /dev/null &
        server=$!
        until "$binaries/pg_isready" -q -h "$folder"; do kill -0 $server || exit 1; sleep 0.1; done
        echo ready >&3
        exec 3>&-
        read -r _
        kill -INT $server
        wait $server
        rm -rf "$folder" "$folder.log"
        """

    /// The address of an empty schema by this name.
    func location(schema: String) throws -> String {
        try psql("CREATE SCHEMA \(schema)")
        return
            "host=\(folder) user=postgres dbname=postgres application_name=\(schema) options='-c search_path=\(schema)'"
    }

    /// Runs a statement as the operator would.
    func psql(_ statement: String) throws {
        let psql = Process()
        psql.executableURL = URL(fileURLWithPath: "/usr/bin/psql")
        psql.arguments = ["-q", "-h", folder, "-U", "postgres", "-d", "postgres", "-c", statement]
        psql.standardOutput = FileHandle.nullDevice
        try psql.run()
        psql.waitUntilExit()
        guard psql.terminationStatus == 0 else { throw Failure(description: "psql refused \(statement)") }
    }
}
