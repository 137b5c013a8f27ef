/// How grave a finding is. The gravest decides the exit status.
public enum Verdict: String, Codable, Comparable, CaseIterable, Sendable {
    case good
    /// It runs, for a price.
    case costs
    /// It does not run, or not as its operator thinks.
    case broken

    public static func < (left: Verdict, right: Verdict) -> Bool { left.status < right.status }

    /// The exit status that it asks for.
    public var status: Int32 {
        switch self {
        case .good: 0
        case .costs: 1
        case .broken: 2
        }
    }
}

/// One line of what was found.
public struct Finding: Codable, Equatable, Sendable {
    /// The check's name, for scripts.
    public var check: String
    public var verdict: Verdict
    /// What is so.
    public var found: String
    /// What that costs; nil when it is good.
    public var cost: String?
    /// The command that mends it, or what to do where no command does.
    public var remedy: String?

    public init(
        check: String, verdict: Verdict = .good, found: String, cost: String? = nil, remedy: String? = nil
    ) {
        self.check = check
        self.verdict = verdict
        self.found = found
        self.cost = cost
        self.remedy = remedy
    }
}

/// One question about the host. It reads what `Host` has and changes nothing.
public protocol Check: Sendable {
    var name: String { get }
    /// Empty where the question does not arise.
    func examine(_ host: Host, _ plan: Plan) -> [Finding]
}

extension Check {
    func good(_ found: String) -> [Finding] { [Finding(check: name, found: found)] }

    func costs(_ found: String, _ cost: String, mend remedy: String) -> [Finding] {
        [Finding(check: name, verdict: .costs, found: found, cost: cost, remedy: remedy)]
    }

    func broken(_ found: String, _ cost: String, mend remedy: String) -> [Finding] {
        [Finding(check: name, verdict: .broken, found: found, cost: cost, remedy: remedy)]
    }
}
