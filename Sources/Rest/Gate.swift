import Crypto
import Foundation
import HTTPTypes
import Platform

/// Who makes a request: a tenant by `x-app-id` and `x-app-secret`, the operator by `x-admin-key`.
struct Gate: Sendable {
    let platform: Platform
    private let adminKeyHash: SHA256Digest?

    init(platform: Platform, adminKey: String?) {
        self.platform = platform
        adminKeyHash = adminKey.map { SHA256.hash(data: Data($0.utf8)) }
    }

    func origin(_ fields: HTTPFields, _ source: RestSource) async throws(PlatformError) -> Origin {
        if let key = fields[.adminKey] {
            // Digests are compared in constant time, and have one length whatever the key's.
            guard let adminKeyHash, SHA256.hash(data: Data(key.utf8)) == adminKeyHash else {
                throw .unauthorized("wrong admin key")
            }
            return Origin(caller: .admin, requestId: source.request.id)
        }
        if let secret = fields[.appSecret], let app = fields[.appId] {
            let caller = try await platform.authenticate(app: app, secret: secret)
            return Origin(caller: caller, requestId: source.request.id)
        }
        guard source.request.isTrusted, fields[.appSecret] == nil else {
            throw .unauthorized("x-app-id and x-app-secret are needed, or x-admin-key")
        }
        return Origin(caller: .admin, requestId: source.request.id)
    }

    /// The tenant that a request without one in its path is about: the caller, or whom the operator names.
    func tenant(_ origin: Origin, _ fields: HTTPFields) throws(PlatformError) -> String {
        switch origin.caller {
        case .app(let id): return id
        case .admin:
            guard let id = fields[.appId] else { throw .invalid("x-app-id says which tenant this is about") }
            return id
        }
    }
}

extension HTTPField.Name {
    // Names that are known to be right.
    static let appId = HTTPField.Name("x-app-id")!
    static let appSecret = HTTPField.Name("x-app-secret")!
    static let adminKey = HTTPField.Name("x-admin-key")!
    /// Where the next page of an export begins.
    static let next = HTTPField.Name("x-next")!
}
