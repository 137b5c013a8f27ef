import NIOCore
import Testing

@testable import Tenancy

struct PublicAddressTests {
    private func isPublic(_ text: String) throws -> Bool {
        PublicAddress.isPublic(try SocketAddress(ipAddress: text, port: 443))
    }

    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "fc00::1", "fd12::1",
        "fe80::1", "ff02::1", "2001:db8::1", "2001::1", "2002:a00:1::1",
    ])
    func whatIsNotPublicIsRefused(_ text: String) throws { #expect(try !isPublic(text)) }

    @Test(arguments: [
        "8.8.8.8", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "198.17.0.1",
        "223.255.255.1",
        "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1",
    ])
    func whatIsPublicIsTaken(_ text: String) throws { #expect(try isPublic(text)) }
}

struct HttpPosterTests {
    @Test func aNameThatLeadsHereIsRefusedAndSoIsPlainHttp() async throws {
        let poster = HttpPoster(allowsPrivate: false)
        await #expect(throws: HttpPoster.Failure.privateAddress) {
            try await poster.post(url: "https://localhost/hook", headers: [], body: "{}")
        }
        await #expect(throws: HttpPoster.Failure.url) {
            try await poster.post(url: "http://localhost/hook", headers: [], body: "{}")
        }
        poster.stop()
    }

    @Test func whereNobodyListensIsAFailure() async throws {
        let poster = HttpPoster(allowsPrivate: true)
        await #expect(throws: (any Error).self) {
            // Port 1 of loopback: refused at once.
            try await poster.post(url: "http://127.0.0.1:1/hook", headers: [], body: "{}")
        }
        poster.stop()
    }
}
