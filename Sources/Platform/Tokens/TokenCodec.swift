import Crypto
import Foundation
import JWTKit
import Store

/// Signs and checks access tokens. The header's `kid` is the key's generation.
struct TokenCodec: Sendable {
    static let bytesMax = 4096
    let keys: KeyRing

    func sign(_ claims: AccessClaims, app: App) async throws(PlatformError) -> String {
        let kid = JWKIdentifier(string: String(app.keyGeneration))
        do {
            return try await collection(app, generation: app.keyGeneration).sign(claims, kid: kid)
        } catch {
            throw PlatformError(code: .internalError, message: "no token could be made")
        }
    }

    private func collection(_ app: App, generation: Int64) async throws -> JWTKeyCollection {
        let key = keys.token(app: app.id, algorithm: app.algorithm.rawValue, generation: generation)
        let kid = JWKIdentifier(string: String(generation))
        switch app.algorithm {
        case .hs256:
            return await JWTKeyCollection().add(hmac: HMACKey(key: key), digestAlgorithm: .sha256, kid: kid)
        case .edDsa:
            let seed = key.withUnsafeBytes { Data($0) }
            let secret = EdDSA.PrivateKey(backing: try Curve25519.Signing.PrivateKey(rawRepresentation: seed))
            return await JWTKeyCollection().add(eddsa: secret, kid: kid)
        }
    }

    // MARK: reading

    private struct Header: Decodable {
        var alg: String
        var kid: String
    }

    private struct Owner: Decodable { var appId: String }

    /// Whose it says it is, by which key: to find that key, and for nothing else.
    func claim(of token: String) throws(PlatformError) -> (app: String, algorithm: String, generation: Int64) {
        let parts =
            token.utf8.count <= Self.bytesMax ? token.split(separator: ".", omittingEmptySubsequences: false) : []
        guard parts.count == 3, let header = Self.decode(Header.self, parts[0]),
            let owner = Self.decode(Owner.self, parts[1]), let generation = Int64(header.kid),
            owner.appId.utf8.count <= Checks.nameBytesMax, !owner.appId.utf8.contains(0)
        else { throw .unauthorized("this is no access token", .invalidToken) }
        return (owner.appId, header.alg, generation)
    }

    /// The algorithm is the tenant's, and not the token's to choose (RFC 8725 §3.1).
    func verify(
        _ token: String, app: App, algorithm: String, generation: Int64, now: Milliseconds
    ) async throws(PlatformError) -> AccessClaims {
        guard algorithm == app.algorithm.rawValue else {
            throw .unauthorized("the token is not signed with \(app.algorithm.rawValue)", .invalidToken)
        }
        let isCurrent = generation == app.keyGeneration
        let isPrevious = generation == app.keyGeneration - 1 && now < app.previousKeyUntil
        guard isCurrent || isPrevious else { throw .unauthorized("the token's key is not in use", .invalidToken) }
        do {
            return try await collection(app, generation: generation).verify(token, as: AccessClaims.self)
        } catch {
            throw .unauthorized("the token's signature or claims are wrong", .invalidToken)
        }
    }

    private static func decode<Part: Decodable>(_ type: Part.Type, _ text: Substring) -> Part? {
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        while base64.utf8.count % 4 != 0 { base64 += "=" }
        return Data(base64Encoded: String(base64)).flatMap { try? JSONDecoder().decode(type, from: $0) }
    }
}
