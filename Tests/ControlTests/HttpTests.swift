import Contract
import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Control

@Suite(.serialized) struct HttpTests {
    @Test func metricsNameEveryCounterAndDropReason() throws {
        let test = try TestServer(FakeShards(count: 2))
        let text = try http(test.port, "GET", "/metrics").text
        #expect(text.contains("millrace_shard_datagrams_received_total{shard=\"1\"} 42"))
        for reason in DropReason.allCases {
            #expect(text.contains("millrace_shard_drops_total{shard=\"0\",reason=\"\(reason.label)\"} 0"))
        }
        #expect(text.contains("millrace_process_resident_bytes "))
        #expect(text.contains("millrace_control_places_free{shard=\"0\",kind=\"peer\"} 256"))
        // A family for every counter of the report, and none twice.
        let fields = Mirror(reflecting: ShardReport()).children.count
        let families = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE millrace_shard_") }
        #expect(families.count == fields)
        #expect(Set(families).count == families.count)
    }

    @Test func healthSaysWhatRuns() throws {
        let test = try TestServer()
        let reply = try http(test.port, "GET", "/health")
        #expect(reply.status == 200)
        #expect(reply.json["status"] as? String == "ok")
        #expect(reply.json["backend"] as? String == "fake")
    }

    @Test func thePageIsServedWithItsTagAndPolicy() throws {
        let test = try TestServer()
        let page = try http(test.port, "GET", "/")
        #expect(page.status == 200)
        #expect(page.headers["content-type"]?.hasPrefix("text/html") == true)
        #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true)
        let tag = try #require(page.headers["etag"])
        #expect(try http(test.port, "GET", "/", headers: ["If-None-Match": tag]).status == 304)
        let head = try http(test.port, "HEAD", "/")
        #expect(head.status == 200 && head.body.isEmpty)
    }

    @Test func aRoomsNumbersAreOnRequest() throws {
        let test = try TestServer()
        _ = try test.post("/whip/garden?peer=anna", sdp: Offers.text("chromiumPublishVp8Simulcast.sdp"))
        _ = try test.post("/whep/garden", sdp: Offers.text("chromiumRecvonly.sdp"))
        let stats = try http(test.port, "GET", "/rooms/garden/stats")
        #expect(stats.status == 200)
        let peers = try #require(stats.json["peers"] as? [[String: Any]])
        #expect(peers.count == 2)
        let producers = try #require(peers[0]["producers"] as? [[String: Any]])
        let layers = producers.compactMap { $0["layers"] as? [[String: Any]] }.map(\.count).sorted()
        #expect(layers == [1, 3])
        let consumers = try #require(peers[1]["consumers"] as? [[String: Any]])
        #expect(consumers.contains { $0["from"] as? String == "anna" && $0["packets"] as? Int == 3 })
        #expect(try http(test.port, "GET", "/rooms/meadow/stats").status == 404)
    }

    @Test func oneConnectionServesSeveralRequests() throws {
        let test = try TestServer()
        let wire = try Wire(port: test.port)
        wire.write(String(repeating: "GET /health HTTP/1.1\r\nHost: a\r\n\r\n", count: 3))
        for _ in 0..<3 {
            #expect(try wire.readLine() == "HTTP/1.1 200 OK")
            var length = 0
            while case let line = try wire.readLine(), !line.isEmpty {
                if line.lowercased().hasPrefix("content-length:") { length = Int(line.split(separator: " ")[1])! }
            }
            _ = try wire.read(length)
        }
    }

    @Test(arguments: [
        "GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "POST /whip/a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: 100_000) + "\r\n\r\n",
    ])
    func whatIsNoRequestIsRefused(_ text: String) throws {
        let test = try TestServer()
        let wire = try Wire(port: test.port)
        wire.write(text)
        let reply = String(decoding: wire.readToEnd().prefix(12), as: UTF8.self)
        #expect(reply.isEmpty || reply.hasPrefix("HTTP/1.1 4") || reply.hasPrefix("HTTP/1.0 4"), "\(reply)")
        #expect(try http(test.port, "GET", "/health").status == 200)
    }

    @Test func whoSendsRequestsAndDoesNotReadIsPutOut() throws {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let loop = channel.embeddedEventLoop
        try channel.pipeline.syncOperations.addHandler(
            HttpHandler { _ in loop.makeSucceededFuture(Response.text("answer")) })
        func ask() throws {
            try channel.writeInbound(
                HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")))
            try channel.writeInbound(HTTPServerRequestPart.end(nil))
        }
        try ask()
        #expect(channel.isActive)
        channel.isWritable = false
        try ask()
        #expect(!channel.isActive)
    }

    @Test func aPortThatIsTakenEndsTheStart() throws {
        let first = try TestServer()
        let port = first.port
        #expect(throws: (any Error).self) { try TestServer { $0.port = port } }
    }

    @Test func connectionsBeyondTheBoundAreClosed() throws {
        let test = try TestServer { $0.connectionsMax = 2 }
        let kept = [try Socket(port: test.port), try Socket(port: test.port)]
        let third = try Wire(port: test.port)
        #expect(third.readToEnd().isEmpty)
        #expect(kept.count == 2)
    }

    @Test func connectionsPeersAndPlacesReturnAfterManyClients() throws {
        let test = try TestServer()
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        for number in 0..<100 {
            let reply = try test.post("/whip/garden?peer=p\(number)", sdp: offer)
            _ = try http(test.port, "DELETE", try #require(reply.headers["location"]))
            let socket = try test.member("meadow", "m")
            try socket.send(0, .leave(.init()))
            _ = try socket.closing()
        }
        // The server hears of closed connections, and of releases, in later passes of its loop.
        var open = Int.max
        for _ in 0..<100_000 where open != 0 { open = try test.server.onLoop { $0.openThings } }
        #expect(open == 0)
        #expect(try test.server.onLoop { $0.registry.counters.staleEvents } == 0)
    }
}

extension Site {
    fileprivate var openThings: Int {
        let shard = registry.shards[0]
        let places =
            shard.rooms.usedCount + shard.peers.usedCount + shard.producers.usedCount + shard.consumers.usedCount
        return connectionCount + whip.sessions.count + signaling.connectionCount + registry.peerCount + places
    }
}
