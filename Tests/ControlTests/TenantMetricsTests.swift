import Contract
import Foundation
import Platform
import Protocol
import Testing

@testable import Control

/// What `/metrics` says of tenants.
@Suite(.serialized, .offPool) struct TenantMetricsTests {
    private func metrics(_ house: House) throws -> String { try http(house.test.port, "GET", "/metrics").text }

    @Test func roomsPeopleAndRequestsAreCountedByTenant() throws {
        let house = try House(isDevelopment: false)
        let tenant = try house.tenant()
        let id = tenant["x-app-id"] ?? ""
        for room in ["r", "s"] { _ = try house.ask("POST", "/rooms", #"{"id":"\#(room)"}"#, as: tenant) }
        let people = try [("r", "anna"), ("r", "bert"), ("s", "cleo")].map { try house.member($0.0, $0.1, tenant).0 }
        _ = try house.ask("GET", "/rooms/none", as: tenant)
        _ = try house.ask("GET", "/rooms", as: ["x-app-id": id, "x-app-secret": "wrong"])
        let text = try metrics(house)
        #expect(text.contains("millrace_tenant_rooms{tenant=\"\(id)\"} 2\n"))
        #expect(text.contains("millrace_tenant_participants{tenant=\"\(id)\"} 3\n"))
        #expect(text.contains("millrace_tenant_requests_total{tenant=\"\(id)\"} 6\n"))
        #expect(text.contains("millrace_tenant_refusals_total{tenant=\"\(id)\"} 1\n"))
        #expect(text.contains("millrace_tenant_refusals_total{tenant=\"none\"} 1\n"))
        withExtendedLifetime(people) {}
    }

    @Test func bytesAndTimeAreCountedAndARoomsOwnBitrateIsKept() throws {
        let house = try House()
        let tenant = try house.tenant()
        let id = tenant["x-app-id"] ?? ""
        _ = try house.ask("POST", "/rooms", #"{"id":"r","bitrateMax":1000}"#, as: tenant)
        let (anna, _) = try house.member("r", "anna", tenant)
        try anna.answer(#require(try anna.offer()))
        /// As if the shard had told it, so many seconds after the peer came.
        func told(_ bytes: UInt64, after seconds: UInt64) throws {
            try house.test.server.onLoop { site in
                let peer = try #require(site.registry.rooms.values.first?.peers.first)
                var report = PeerReport()
                (report.bytesReceived, report.bytesSent) = (bytes, 7)
                site.bitrates?.count(peer, report, at: peer.openedMilliseconds + 1000 * seconds)
                site.bitrates?.judgeAll()
            }
        }
        try told(100_000, after: 1)
        #expect(try metrics(house).contains("millrace_tenant_bytes_received_total{tenant=\"\(id)\"} 100000\n"))
        #expect(try metrics(house).contains("millrace_control_rooms_over_bitrate 1\n"))
        try anna.publish(.camera)
        let refusal = try #require(try anna.refusal())
        #expect(refusal.code == .rateLimited && refusal.message.contains("room's bitrate"))
        try told(100_100, after: 11)
        #expect(try metrics(house).contains("millrace_tenant_bytes_received_total{tenant=\"\(id)\"} 100100\n"))
        #expect(try metrics(house).contains("millrace_tenant_bytes_sent_total{tenant=\"\(id)\"} 7\n"))
        #expect(try metrics(house).contains("millrace_control_rooms_over_bitrate 0\n"))
        try anna.publish(.camera)
        #expect(
            try house.test.shards.first {
                if case .openProducer(let open) = $0, open.source == .camera { true } else { nil }
            } == true)
    }

    @Test func tenantsBeyondTheBoundAreOne() {
        let tally = TenantTally(namedMax: 2)
        for app in ["a", "b", "c", "d", "a"] { tally.count(app) { $0.requests += 1 } }
        tally.count(TenantTally.nobody) { $0.refusals += 1 }
        #expect(tally.uses.mapValues(\.requests) == ["a": 2, "b": 1, "other": 2, "none": 0])
        #expect(tally.name(of: "a") == "a" && tally.name(of: "e") == "other")
        #expect(TenantTally(namedMax: 0).name(of: "a") == "other")
    }

    @Test func aCertificateSaysHowLongItIsGood() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (key, certificate) = (folder.path + "/key.pem", folder.path + "/certificate.pem")
        let openssl = try Process.run(
            URL(fileURLWithPath: "/usr/bin/openssl"),
            arguments: [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=a",
                "-days", "10", "-keyout", key, "-out", certificate, "-batch",
            ])
        openssl.waitUntilExit()
        let dates = CertificateDates([("http", certificate), ("grpc", folder.path + "/none.pem")])
        let now = Date().timeIntervalSince1970
        let left = dates.left(at: now)
        #expect(left.map(\.listener) == ["http"] && (863_000...864_001).contains(left[0].seconds))
        // What is known is known for a minute, and then looked at again.
        try FileManager.default.removeItem(atPath: certificate)
        #expect(dates.left(at: now + 30).map(\.seconds) == [left[0].seconds - 30])
        #expect(dates.left(at: now + 61).isEmpty)
    }
}
