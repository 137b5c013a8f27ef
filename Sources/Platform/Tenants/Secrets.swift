import Crypto
import Foundation
import Store

/// A tenant's secret has 256 random bits, so a salted hash is enough: there is nothing to guess that a slow hash would
/// protect.
enum Secrets {
    static func make() -> String { "sk_" + Identifier.secretBytes(32).base64Url }

    static func hash(_ secret: String, salt: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data(secret.utf8), using: SymmetricKey(data: salt)))
    }

    static func seal(_ secret: String, stamp: Stamp) -> AppSecret {
        let salt = Identifier.secretBytes(16)
        return AppSecret(
            id: Identifier.make("sec", at: stamp.at), salt: salt, hash: hash(secret, salt: salt), stamp: stamp)
    }

    /// Takes as long for a wrong secret as for a right one, and for a tenant that is not there (`known` is empty).
    static func isOneOf(_ known: [AppSecret], _ secret: String) -> Bool {
        var isRight = false
        // Always two, as many as there can be.
        for index in 0..<2 {
            let candidate = index < known.count ? known[index] : nil
            let salt = candidate?.salt ?? [UInt8](repeating: 0, count: 16)
            let matches = HMAC<SHA256>.isValidAuthenticationCode(
                candidate?.hash ?? [UInt8](repeating: 0, count: 32), authenticating: Data(secret.utf8),
                using: SymmetricKey(data: salt))
            isRight = isRight || (candidate != nil && matches)
        }
        return isRight
    }
}
