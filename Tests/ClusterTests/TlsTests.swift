import Foundation
import Testing

@testable import Cluster

/// Redis behind TLS, with certificates of an authority of the test's own.
@Suite(.serialized) struct TlsTests {
    @Test func anAddressSaysWhetherItIsTls() throws {
        let address = try #require(RedisAddress("rediss://ada:secret@redis.example:6380/3"))
        #expect(address.isSecure && address.place == .tcp(host: "redis.example", port: 6380) && address.database == 3)
        #expect(address.user == "ada" && address.password == "secret")
        #expect(RedisAddress("redis://redis.example")?.isSecure == false)
        #expect(RedisAddress("redisss://redis.example") == nil)
    }

    @Test func hostsFindEachOtherThroughTls() async throws {
        let redis = try SecureRedis()
        let (a, b) = (redis.host("a"), redis.host("b"))
        #expect(await a.isReady())
        #expect(await b.isReady())
        #expect(await a.sees("a", "b"))
        #expect(await b.sees("a", "b"))
        #expect(await a.node.place("app/one") == .here)
        #expect(await b.node.place("app/one") == .there(url: "http://a"))
        // Much at once, in both directions.
        a.node.enter(presence(String(repeating: "p", count: 60_000)), room: "app/one")
        #expect(await isSoon { await b.node.people(in: "app/one")?.count == 1 })
        for number in 1...300 { a.node.publish(chat(UInt64(number))) }
        #expect(await isSoon { b.heard.chats == Array(1...300) })
    }

    @Test func aCertificateOfSomebodyElseIsNotTaken() async throws {
        let redis = try SecureRedis()
        for (name, change) in [
            ("another address", { $0.place = .tcp(host: "127.0.0.2", port: redis.port) }),
            ("the system's authorities", { $0.authority = nil }),
        ] as [(String, (inout RedisAddress) -> Void)] {
            var address = redis.address
            change(&address)
            let refused = #expect(throws: RedisError.self, "\(name)") { _ = try RedisLink.open(address).call(["PING"]) }
            #expect(refused?.description.contains("TLS") == true, "\(String(describing: refused))")
        }
        let plain = RedisAddress(.tcp(host: "127.0.0.1", port: redis.port))
        #expect(throws: RedisError.self) { _ = try RedisLink.open(plain).call(["PING"]) }
        #expect(try RedisLink.open(redis.address).call(["PING"]).text == "PONG")
    }
}

/// A Redis that listens with TLS alone, on a port that was free, with a certificate for 127.0.0.1.
private final class SecureRedis {
    let folder = FileManager.default.temporaryDirectory.path + "/millrace-rediss-" + UUID().uuidString
    private(set) var port = 0
    private var process: Process?
    private let lifeline = Pipe()

    struct Failure: Error {}

    private static let script = """
        exec 2> "$1/log"
        cd "$1"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=authority -days 2 -batch \\
            -keyout ca.key -out ca.pem
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=redis -batch \\
            -keyout redis.key -out redis.csr
        printf 'subjectAltName=IP:127.0.0.1\n' > names
        openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out redis.pem
        for port in $(seq 24000 24050); do
            redis-server --port 0 --bind 127.0.0.1 127.0.0.2 --tls-port $port --tls-cert-file redis.pem --tls-key-file redis.key \\
                --tls-ca-cert-file ca.pem --tls-auth-clients no --save '' --appendonly no --dir "$1" --pidfile '' \\
                --logfile "$1/redis.log" --daemonize no < /dev/null > /dev/null &
            server=$!
            until grep -q 'Ready to accept' redis.log 2> /dev/null; do kill -0 $server 2> /dev/null || break; sleep 0.05; done
            if kill -0 $server 2> /dev/null; then break; fi
        done
        echo $port
        exec 1>&-
        read -r _
        kill $server
        wait $server
        """

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", folder]
        process.standardInput = lifeline
        process.standardOutput = output
        try process.run()
        self.process = process
        let answer = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard let number = Int(answer.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw Failure() }
        port = number
    }

    var address: RedisAddress {
        var address = RedisAddress(.tcp(host: "127.0.0.1", port: port))
        address.isSecure = true
        address.authority = folder + "/ca.pem"
        return address
    }

    func host(_ name: String) -> TestHost { TestHost(name, address) }

    deinit {
        try? lifeline.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        process?.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }
}
