import Store

/// Who makes a request to the API.
public enum Caller: Sendable, Equatable {
    /// The operator.
    case admin
    /// A tenant that has proved itself by its secret.
    case app(String)

    var name: String {
        switch self {
        case .admin: "admin"
        case .app(let id): "app:" + id
        }
    }
}

/// A request, as far as the platform keeps of it.
public struct Origin: Sendable {
    public var caller: Caller
    /// Found again in the audit log and in other logs.
    public var requestId: String

    public init(caller: Caller, requestId: String) {
        self.caller = caller
        self.requestId = requestId
    }
}

extension Platform {
    func stamp(_ origin: Origin) -> Stamp { Stamp(by: origin.caller.name, at: now()) }

    /// Every call that names a tenant passes here. The refusal does not tell whether there is such a tenant.
    func checkAuthority(_ origin: Origin, over app: String) throws(PlatformError) {
        guard origin.caller == .admin || origin.caller == .app(app) else {
            throw .forbidden("these credentials are for another tenant")
        }
    }

    func checkAdmin(_ origin: Origin) throws(PlatformError) {
        guard origin.caller == .admin else { throw .forbidden("this is for the operator") }
    }
}
