import Store

/// Why the platform refuses. There are no other errors: what is unexpected is `internalError`.
public struct PlatformError: Refusal, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case validation = "VALIDATION_ERROR"
        case unauthorized = "UNAUTHORIZED"
        case forbidden = "FORBIDDEN"
        case notFound = "NOT_FOUND"
        case conflict = "CONFLICT"
        case rateLimitExceeded = "RATE_LIMIT_EXCEEDED"
        case internalError = "INTERNAL_ERROR"

        /// Of HTTP.
        public var status: Int {
            switch self {
            case .validation: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .conflict: 409
            case .rateLimitExceeded: 429
            case .internalError: 500
            }
        }
    }

    /// What exactly, for programs that want to know more than the code.
    public enum Reason: Sendable, Equatable {
        case invalidToken, tokenExpired, tokenRevoked, roomFull, notAllowed, notInRoom, rate, unavailable
        case quota(QuotaKind)
    }

    public var code: Code
    public var reason: Reason?
    /// For people.
    public var message: String
    /// After how long it may work, rounded up; for `rateLimitExceeded`.
    public var retrySeconds: Int?

    public init(code: Code, reason: Reason? = nil, message: String, retrySeconds: Int? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.retrySeconds = retrySeconds
    }

    public var description: String { "\(code.rawValue): \(message)" }

    static func validation(_ message: String) -> Self { Self(code: .validation, message: message) }
    static func unauthorized(_ message: String, _ reason: Reason? = nil) -> Self {
        Self(code: .unauthorized, reason: reason, message: message)
    }
    static func forbidden(_ message: String, _ reason: Reason = .notAllowed) -> Self {
        Self(code: .forbidden, reason: reason, message: message)
    }
    static func notFound(_ message: String) -> Self { Self(code: .notFound, message: message) }
    static func conflict(_ message: String, _ reason: Reason? = nil) -> Self {
        Self(code: .conflict, reason: reason, message: message)
    }
    static func rate(_ retrySeconds: Int) -> Self {
        Self(
            code: .rateLimitExceeded, reason: .rate, message: "too many requests; try again in \(retrySeconds) s",
            retrySeconds: retrySeconds)
    }
    static func quota(_ kind: QuotaKind, _ limit: Int64) -> Self {
        Self(
            code: .rateLimitExceeded, reason: .quota(kind),
            message: "the tenant's quota of \(kind.rawValue), \(limit), is used up")
    }
}

extension PlatformError {
    /// What the store says, as callers are told. Details of a failure inside are for the log only.
    init(_ error: StoreError) {
        switch error {
        case .notFound: self = .notFound(error.description)
        case .conflict(.message): self = .conflict("the message is deleted")
        case .conflict(.session): self = .conflict("the session has ended")
        case .conflict: self = .conflict(error.description)
        case .limit(.roomParticipants): self = .conflict("the room is full", .roomFull)
        case .limit(.rooms): self = Self(code: .rateLimitExceeded, reason: .quota(.rooms), message: error.description)
        case .limit(.participants), .limit(.secrets):
            self = Self(code: .rateLimitExceeded, reason: .quota(.participants), message: error.description)
        case .invalidText: self = .validation(error.description)
        case .refused(let refusal):
            self =
                refusal as? PlatformError ?? Self(code: .internalError, message: "the request failed inside the server")
        case .unavailable:
            self = Self(
                code: .internalError, reason: .unavailable, message: "the database does not answer; try again",
                retrySeconds: 1)
        case .broken: self = Self(code: .internalError, message: "the request failed inside the server")
        }
    }
}

extension StoreError {
    /// Ends a write with a refusal of the platform's; nothing of the write remains.
    static func refusing(_ error: PlatformError) -> StoreError { .refused(error) }
}
