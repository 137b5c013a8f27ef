import Doctor
import Foundation
import Testing

/// Certificates that openssl makes for the test: a day old and some days to go.
@Suite("Certificates")
struct CertificateTests {
    private let host: MadeUpHost

    init() throws {
        host = try MadeUpHost()
        host.probes.unixSeconds = Int64(Date().timeIntervalSince1970)
        host.plan.certificates = ["/tls.pem"]
        host.plan.certificateKey = "/key.pem"
        host.plan.domain = "meet.example"
    }

    private func make(days: Int, name: String = "meet.example", key: String = "/key.pem") throws {
        host.write("", to: key)
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name) -addext subjectAltName=DNS:\(name)"
            .split(separator: " ").map(String.init)
            + ["-days", "\(days)", "-keyout", host.root + key, "-out", host.root + "/tls.pem"]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
        chmod(host.root + key, 0o600)
    }

    private func faults() -> [Finding] { host.examination.findings.filter { $0.verdict != .good } }

    @Test func aGoodOneIsGood() throws {
        try make(days: 90)
        #expect(faults() == [])
        #expect(
            host.examination.text.contains("good for 89 days") || host.examination.text.contains("good for 90 days"))
    }

    @Test func anExpiredOneIsBroken() throws {
        try make(days: 10)
        host.probes.unixSeconds += 20 * 86400
        #expect(faults().first?.found.contains("expired 10 days ago") == true, "\(faults())")
        #expect(host.examination.verdict == .broken)
    }

    @Test func oneThatEndsSoonCosts() throws {
        try make(days: 10)
        #expect(faults().map(\.verdict) == [.costs])
        #expect(faults().first?.remedy?.contains("renew") == true)
    }

    @Test func oneOfTomorrowIsBroken() throws {
        try make(days: 90)
        host.probes.unixSeconds -= 86400
        #expect(faults().first?.found.contains("not valid yet") == true)
    }

    @Test func anotherKeyAnotherNameAndNoFileAreNamed() throws {
        try make(days: 90, key: "/other.pem")
        try make(days: 90, name: "other.example")
        host.plan.certificateKey = "/other.pem"
        let found = faults().map(\.found)
        #expect(found.contains { $0.contains("is not the key") })
        #expect(found.contains { $0.contains("not for meet.example") })
        host.plan.certificates = ["/none.pem"]
        #expect(faults().first?.found == "/none.pem cannot be read")
    }

    @Test func aKeyThatAllCanReadIsBroken() throws {
        try make(days: 90)
        chmod(host.root + "/key.pem", 0o644)
        #expect(faults().map(\.remedy) == ["chmod 640 /key.pem"])
    }

    @Test func rubbishIsNoCertificate() {
        host.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", to: "/tls.pem")
        #expect(faults().contains { $0.found.contains("no PEM certificate") })
    }
}
