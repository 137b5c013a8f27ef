import Crypto
import Foundation

/// All keys of tenants, derived from the one of the installation: none of them is stored.
struct KeyRing: Sendable {
    private let master: SymmetricKey

    init(_ master: [UInt8]) {
        precondition(master.count >= 32, "the master key has 32 bytes or more")
        self.master = SymmetricKey(data: master)
    }

    /// 32 bytes for one purpose. No two purposes have the same words, since ids hold no spaces.
    private func derive(_ purpose: String...) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: master, info: Data(("millrace " + purpose.joined(separator: " ")).utf8),
            outputByteCount: 32)
    }

    func token(app: String, algorithm: String, generation: Int64) -> SymmetricKey {
        derive("token", algorithm, app, String(generation))
    }

    func webhook(app: String, endpoint: String, generation: Int64) -> [UInt8] {
        derive("webhook", app, endpoint, String(generation)).withUnsafeBytes { Array($0) }
    }
}
