/// Where the platform keeps its things, and with which keys.
public struct TenancySettings: Sendable {
    public enum Database: Sendable, Equatable {
        /// `postgres://…`
        case postgres(String)
        /// The path of an SQLite file, which is made when there is none.
        case file(String)
        /// An SQLite file in a folder of its own, gone when the server ends.
        case temporary
    }

    public static let keyBytesMin = 32

    public var database: Database
    /// `keyBytesMin` bytes or more: tokens' keys and webhooks' secrets are derived from it.
    public var masterKey: String
    /// What the operator shows as `x-admin-key`; nil when there is none.
    public var adminKey: String?
    /// Names this host in the database: its people of an earlier run are gone when it starts.
    public var host: String
    /// Webhooks may go to plain HTTP and to private addresses.
    public var allowsPlainWebhooks: Bool
    /// How many tenants `/metrics` names.
    public var namedTenants = 100
    /// This process goes on with the people of the one before it.
    public var goesOn = false

    public init(
        database: Database, masterKey: String, adminKey: String? = nil, host: String, allowsPlainWebhooks: Bool = false
    ) {
        self.database = database
        self.masterKey = masterKey
        self.adminKey = adminKey
        self.host = host
        self.allowsPlainWebhooks = allowsPlainWebhooks
    }
}

/// Why the platform cannot run.
public struct TenancyError: Error, CustomStringConvertible {
    public var description: String
}
