import Crypto
import Foundation
import Platform
import Store
import StoreTesting
import Testing

@Suite struct TokenTests {
    @Test(arguments: App.Algorithm.allCases)
    func aTokenIsGoodForAnHourAndSaysWhoItIs(algorithm: App.Algorithm) async throws {
        try await World.run { world in
            let (app, origin) = algorithm == .hs256 ? (world.a, world.asA) : (world.b, world.asB)
            let request = TokenRequest(room: "daily", userId: "ada", name: "Ada L", role: .host)
            let (token, issued) = try await world.platform.issueToken(request, of: app, origin)
            let member = try await world.platform.verify(token: token)
            #expect(member == issued)
            #expect(member.app == app && member.room == "daily" && member.userId == "ada" && member.name == "Ada L")
            #expect(member.role == .host && member.expiresSeconds == world.clock.now / 1000 + 3600)
            world.clock.advance(seconds: 3599)
            _ = try await world.platform.verify(token: token)
            world.clock.advance(seconds: 1)
            #expect(await reason(world, token) == .tokenExpired)
        }
    }

    private func reason(_ world: World, _ token: String) async -> PlatformError.Reason? {
        let error = await refusal { _ = try await world.platform.verify(token: token) }
        return error?.code == .unauthorized ? error?.reason : nil
    }

    @Test func noChangedTokenIsAccepted() async throws {
        try await World.run { world in
            let token = try await world.token("ada")
            let parts = token.split(separator: ".").map(String.init)
            let other = try await world.platform.issueToken(
                TokenRequest(room: "daily", name: "eve"), of: world.b, world.asB
            ).token.split(separator: ".").map(String.init)
            var wrong = [
                "", "..", "a.b.c", token + ".x", String(repeating: "a", count: 5000), parts[0] + "." + parts[1] + ".",
                // Signed by another tenant, or signed for something else.
                [parts[0], parts[1], other[2]].joined(separator: "."),
                [other[0], parts[1], other[2]].joined(separator: "."),
                [parts[0], other[1], parts[2]].joined(separator: "."),
            ]
            for header in [
                #"{"alg":"none","kid":"1"}"#, #"{"alg":"HS256","kid":"2"}"#, #"{"alg":"HS512","kid":"1"}"#,
                #"{"alg":"EdDSA","kid":"1"}"#, #"{"alg":"HS256"}"#, #"{"alg":"HS256","kid":"-1"}"#,
            ] {
                let text = Data(header.utf8).base64EncodedString().replacing("=", with: "")
                wrong += [
                    [text, parts[1], parts[2]].joined(separator: "."), [text, parts[1], ""].joined(separator: "."),
                ]
            }
            var generator = SeededGenerator(seed: 5)
            for _ in 0..<200 {
                var bytes = Array(token.utf8)
                // The signature's last digit has bits that mean nothing.
                let index = Int.random(in: 0..<bytes.count - 1, using: &generator)
                let bit = Int.random(in: 0..<7, using: &generator)
                bytes[index] ^= UInt8(1) << UInt8(bit)
                wrong.append(String(decoding: bytes, as: UTF8.self))
            }
            for text in wrong { #expect(await reason(world, text) == .invalidToken, "\(text)") }
            _ = try await world.platform.verify(token: token)
        }
    }

    @Test func aPublicEdDsaKeyIsNoSharedSecret() async throws {
        // What is signed with HS256 by a key that an attacker may know is not taken for EdDSA's.
        try await World.run { world in
            let header = Data(#"{"alg":"HS256","kid":"1"}"#.utf8).base64EncodedString().replacing("=", with: "")
            let claims = """
                {"jti":"j","appId":"\(world.b)","roomId":"daily","userId":"u","name":"n","role":"host","iat":1,"exp":9999999999}
                """
            let body = Data(claims.utf8).base64EncodedString().replacing("=", with: "")
            let code = HMAC<SHA256>.authenticationCode(
                for: Data((header + "." + body).utf8), using: SymmetricKey(data: Data("known".utf8)))
            let signature = Data(code).base64EncodedString().replacing("=", with: "")
                .replacing("+", with: "-").replacing("/", with: "_")
            #expect(await reason(world, [header, body, signature].joined(separator: ".")) == .invalidToken)
        }
    }

    @Test func aRotatedKeyEndsTokensAtOnceOrAfterAnHour() async throws {
        try await World.run { world in
            let first = try await world.token("ada")
            try await world.platform.rotateTokenKey(of: world.a, world.asA)
            let second = try await world.token("ada")
            _ = try await world.platform.verify(token: first)
            _ = try await world.platform.verify(token: second)
            try await world.platform.rotateTokenKey(of: world.a, keepsPrevious: false, world.asA)
            #expect(await reason(world, first) == .invalidToken)
            #expect(await reason(world, second) == .invalidToken)
        }
    }

    @Test(arguments: Backend.allCases)
    func aRevokedTokenEndsItsStaysAndOpensNothing(backend: Backend) async throws {
        try await World.run(backend) { world in
            let token = try await world.token("ada")
            let member = try await world.platform.verify(token: token)
            let session = try await world.platform.enter(member, host: "h")
            let ended = try await world.platform.revoke(jti: member.jti, of: world.a, world.asA)
            #expect(ended.map(\.id) == [session.id])
            #expect(await reason(world, token) == .tokenRevoked)
            // One that was verified before.
            #expect(
                await refusal {
                    _ = try await world.platform.enter(member, host: "h")
                }?.reason == .tokenRevoked)
            #expect(try await world.platform.room("daily", of: world.a, world.asA).live.isEmpty)
            #expect(try await world.platform.revocations(since: world.clock.now - 5000).map(\.jti) == [member.jti])
            try await world.platform.leave(session, reason: "left")
        }
    }

    @Test func aDeletedTenantsTokensAreNoMore() async throws {
        try await World.run { world in
            let token = try await world.token("ada")
            try await world.platform.deleteApp(world.a, admin)
            #expect(await reason(world, token) == .invalidToken)
            #expect(
                await refusal {
                    _ = try await world.platform.authenticate(app: world.a, secret: world.secretA)
                }?.code == .unauthorized)
        }
    }
}
