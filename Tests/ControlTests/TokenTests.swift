import Foundation
import JWTKit
import Testing

@testable import Control

@Suite struct TokenTests {
    private let tokens = Tokens(secret: TestServer.secret)

    private func claims(seconds: Double = 60) -> Claims {
        Claims(
            room: "garden", name: "anna", issuedSeconds: Date().timeIntervalSince1970, lifetimeSeconds: seconds)
    }

    private func refusal(of token: String) async -> TokenError? {
        do throws(TokenError) {
            _ = try await tokens.verify(token)
            return nil
        } catch {
            return error
        }
    }

    @Test func aTokenOfOursIsAccepted() async throws {
        let claims = claims()
        #expect(try await tokens.verify(tokens.sign(claims)) == claims)
    }

    @Test func anExpiredTokenIsRefused() async throws {
        #expect(await refusal(of: try await tokens.sign(claims(seconds: -1))) == .expired)
    }

    @Test func anotherSecretOrAlgorithmIsRefused() async throws {
        let other = Tokens(secret: String(repeating: "x", count: 32))
        #expect(await refusal(of: try await other.sign(claims())) == .wrongSignature)
        let sha512 = await JWTKeyCollection().add(
            hmac: HMACKey(from: String(repeating: "x", count: 64)), digestAlgorithm: .sha512)
        #expect(await refusal(of: try await sha512.sign(claims())) == .wrongAlgorithm("HS512"))
        // {"alg":"none"} with an empty signature.
        #expect(await refusal(of: "eyJhbGciOiJub25lIn0.e30.") == .wrongAlgorithm("none"))
    }

    @Test(arguments: ["", ".", "..", "a.b.c", "not a token", String(repeating: "a", count: 5000)])
    func whatIsNoTokenIsRefused(_ text: String) async {
        #expect(await refusal(of: text) == .malformed)
    }

    @Test func aTokenWithoutARoomIsRefused() async throws {
        struct Bare: JWTPayload {
            var exp = Date().timeIntervalSince1970 + 60
            func verify(using algorithm: some JWTAlgorithm) throws {}
        }
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: TestServer.secret), digestAlgorithm: .sha256)
        #expect(await refusal(of: try await keys.sign(Bare())) == .wrongClaims)
    }

    @Test func tokensAreCheckedOverHttp() throws {
        let test = try TestServer { $0.isDevelopment = false }
        let offer = try Offers.text("chromiumPublishVp8Simulcast.sdp")
        #expect(try test.post("/whip/garden", sdp: offer).status == 401)
        func post(_ room: String, _ role: Role) throws -> Reply {
            let token = try test.token("garden", "anna-\(role.rawValue)", role: role)
            return try test.post("/whip/" + room, sdp: offer, headers: ["Authorization": "Bearer " + token])
        }
        #expect(try post("meadow", .participant).status == 403)
        #expect(try post("garden", .viewer).status == 403)
        #expect(try post("garden", .participant).status == 201)
        #expect(try http(test.port, "POST", "/dev/token?room=a&name=b").status == 404)
    }

    @Test func tokensAreGivenOutInDevelopmentToThisHostsPagesOnly() throws {
        let test = try TestServer()
        let reply = try http(test.port, "POST", "/dev/token?room=garden&name=anna")
        #expect(reply.status == 200)
        #expect((reply.json["token"] as? String)?.split(separator: ".").count == 3)
        let foreign = ["Origin": "https://example.org"]
        #expect(try http(test.port, "POST", "/dev/token?room=garden&name=anna", headers: foreign).status == 403)
        let own = ["Origin": "http://127.0.0.1:\(test.port)"]
        #expect(try http(test.port, "POST", "/dev/token?room=garden&name=anna", headers: own).status == 200)
        #expect(try http(test.port, "POST", "/dev/token?room=garden").status == 400)
    }
}
