import Foundation

/// All findings about a host.
public struct Examination: Codable, Sendable {
    public var findings: [Finding]

    /// Every check, in the order in which an operator would mend things.
    public static let checks: [any Check] = [
        SettingsCheck(), UringCheck(), DatagramCheck(), SteeringCheck(), LockedMemoryCheck(), OpenFilesCheck(),
        BufferCheck(), ProcessorCheck(), QuotaCheck(), GovernorCheck(), SiblingCheck(), NodeCheck(), InterruptCheck(),
        HugePageCheck(), ClockCheck(), CipherCheck(), ConnectionTrackingCheck(), AddressFamilyCheck(), AddressCheck(),
        PortCheck(), ReachCheck(), SecretCheck(), CertificateCheck(),
    ]

    public init(findings: [Finding]) { self.findings = findings }

    public init(_ host: Host, _ plan: Plan) {
        findings = Self.checks.flatMap { $0.examine(host, plan) }
    }

    public var verdict: Verdict { findings.map(\.verdict).max() ?? .good }

    /// A line for each finding, and below it what it costs and what mends it.
    public var text: String {
        findings.map(Self.lines).joined() + summary + "\n"
    }

    private static func lines(_ finding: Finding) -> String {
        func column(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(width - text.count, 1))
        }
        var lines = column(finding.verdict.rawValue, 8) + column(finding.check, 14) + finding.found + "\n"
        let indent = String(repeating: " ", count: 22)
        if let cost = finding.cost { lines += indent + "cost: " + cost + "\n" }
        if let remedy = finding.remedy { lines += indent + "mend: " + remedy + "\n" }
        return lines
    }

    private var summary: String {
        Verdict.allCases.map { verdict in
            "\(findings.count { $0.verdict == verdict }) \(verdict.rawValue)"
        }.joined(separator: ", ")
    }

    private struct Document: Encodable {
        var verdict: Verdict
        var status: Int32
        var findings: [Finding]
    }

    /// The same for scripts: `verdict`, `status`, and `findings` with check, verdict, found, cost and remedy.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(verdict: verdict, status: verdict.status, findings: findings)
        // Strings and numbers alone cannot fail to encode.
        return (try? encoder.encode(document)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
