import Foundation
import Protocol
import Testing
import Trace

@testable import Control

/// Whose request something is, from the first header to the last.
@Suite(.serialized, .offPool) struct RequestTraceTests {
    private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(id)-00f067aa0ba902b7-01"

    @Test func anAnswerNamesTheCallersTraceOrANewOne() throws {
        let test = try TestServer()
        let given = try http(test.port, "GET", "/health", headers: ["traceparent": Self.parent])
        let back = try #require(given.headers["traceparent"])
        #expect(back.hasPrefix("00-\(Self.id)-") && back != Self.parent)
        #expect(given.headers["x-request-id"]?.hasPrefix("req_") == true)
        for wrong in ["nonsense", "ff" + Self.parent.dropFirst(2), Self.parent + ", " + Self.parent] {
            let made = try http(test.port, "GET", "/nothing", headers: ["traceparent": wrong])
            #expect(made.status == 404)
            #expect(Trace(continuing: made.headers["traceparent"]).id != Self.id)
            #expect(made.headers["traceparent"]?.utf8.count == 55)
        }
    }

    @Test func aRequestsIdIsTheSameInItsAnswerAndInTheAuditLog() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        let made = try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: tenant)
        let audit = try house.ask("GET", "/apps/\(tenant["x-app-id"] ?? "")/audit", as: tenant)
        let entries = try #require(audit.json["entries"] as? [[String: Any]])
        let entry = try #require(entries.first { $0["action"] as? String == "room.create" })
        #expect(entry["request"] as? String == made.headers["x-request-id"])
    }

    @Test func aWebSocketIsInTheTraceOfItsUpgradeOrOfItsJoin() throws {
        let test = try TestServer()
        let wire = try Wire(port: test.port)
        wire.write(
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\ntraceparent: \(Self.parent)\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        var head: [String] = []
        while let line = try? wire.readLine(), !line.isEmpty { head.append(line.lowercased()) }
        #expect(head.first?.contains("101") == true)
        #expect(head.contains { $0.hasPrefix("traceparent: 00-\(Self.id)-") })
        #expect(head.contains { $0.hasPrefix("x-request-id: ws_") })
        let socket = try Socket(port: test.port)
        let joined = try #require(
            try socket.join(test.token("r", "anna")) { $0.traceParent = Self.parent })
        #expect(Trace(continuing: joined.traceParent).id == Self.id)
        let other = try Socket(port: test.port)
        let alone = try #require(try other.join(test.token("r", "bert")) { $0.traceParent = "nonsense" })
        #expect(alone.traceParent.utf8.count == 55 && Trace(continuing: alone.traceParent).id != Self.id)
        withExtendedLifetime(socket) {}
    }

    @Test func whatATenantIsToldIsInTheTraceOfWhoDidIt() throws {
        let house = try House()
        let tenant = try house.tenant()
        let hook =
            #"{"url":"https://hooks.invalid/x","events":["room.created","participant.joined","participant.left"]}"#
        #expect(try house.ask("POST", "/webhooks", hook, as: tenant).status == 201)
        var headers = tenant
        headers["traceparent"] = Self.parent
        #expect(try house.ask("POST", "/rooms", #"{"id":"r"}"#, as: headers).status == 201)
        let (anna, _) = try house.member("r", "anna", tenant) { $0.traceParent = Self.parent }
        try anna.send(2, .leave(Leave()))
        #expect(try anna.closing()?.reason == .left)
        func told() throws -> [[String: Any]] {
            let reply = try house.ask("GET", "/webhooks/deliveries", as: tenant)
            return Array((reply.json["deliveries"] as? [[String: Any]] ?? []).reversed())
        }
        while try told().count < 3 {}
        let all = try told()
        #expect(
            all.map { $0["event"] as? String } == ["room.created", "participant.joined", "participant.left"])
        #expect(all.allSatisfy { ($0["trace"] as? String)?.hasPrefix("00-\(Self.id)-") == true }, "\(all)")
    }

    @Test func spansOfRequestsWaitForACollector() throws {
        let test = try TestServer()
        _ = try http(test.port, "GET", "/health", headers: ["traceparent": Self.parent])
        let text = try http(test.port, "GET", "/metrics").text
        #expect(text.contains("millrace_trace_spans_total{outcome=\"sent\"} 0"))
    }
}
