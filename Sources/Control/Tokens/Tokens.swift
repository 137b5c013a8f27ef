import Foundation
import JWTKit

/// Signs and checks access tokens with one secret.
public struct Tokens: Sendable {
    public static let bytesMax = MessageBounds.tokenBytesMax
    public static let secretBytesMin = 32

    private let secret: String

    public init(secret: String) {
        precondition(secret.utf8.count >= Self.secretBytesMin)
        self.secret = secret
    }

    public func sign(_ claims: Claims) async throws -> String {
        try await keys().sign(claims)
    }

    public func verify(_ token: String, now: Double = Date().timeIntervalSince1970) async throws(TokenError) -> Claims {
        try Self.checkAlgorithm(token)
        let claims = try await decode(token)
        if now >= claims.exp { throw .expired }
        if let start = claims.nbf, now < start { throw .notYetValid }
        return claims
    }

    private func decode(_ token: String) async throws(TokenError) -> Claims {
        do {
            return try await keys().verify(token, as: Claims.self)
        } catch let error as JWTError where error.errorType == .signatureVerificationFailed {
            throw .wrongSignature
        } catch {
            // The form was looked at before.
            throw .wrongClaims
        }
    }

    private func keys() async -> JWTKeyCollection {
        await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    }

    private struct Header: Decodable {
        var alg: String
        var kid: String?
    }

    /// Whether the header names a key. Tenants' tokens do; those of `JWT_SECRET`, of which there is one, do not.
    static func namesKey(_ token: String) -> Bool {
        guard token.utf8.count <= bytesMax, let end = token.firstIndex(of: "."), let bytes = base64Url(token[..<end])
        else { return false }
        return (try? JSONDecoder().decode(Header.self, from: bytes))?.kid != nil
    }

    // RFC 8725 §3.1: the verifier decides on the algorithm, not the token.
    private static func checkAlgorithm(_ token: String) throws(TokenError) {
        let parts = token.utf8.count <= bytesMax ? token.split(separator: ".", omittingEmptySubsequences: false) : []
        guard parts.count == 3, let bytes = base64Url(parts[0]),
            let header = try? JSONDecoder().decode(Header.self, from: bytes)
        else { throw .malformed }
        guard header.alg == "HS256" else { throw .wrongAlgorithm(String(header.alg.prefix(16))) }
    }

    private static func base64Url(_ text: Substring) -> Data? {
        var base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        while base64.utf8.count % 4 != 0 { base64 += "=" }
        return Data(base64Encoded: base64)
    }
}
