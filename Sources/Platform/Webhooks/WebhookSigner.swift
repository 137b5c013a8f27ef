import Crypto
import Foundation

/// The header that proves that a webhook comes from here: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of
/// `SECONDS.BODY` with the endpoint's secret.
public enum WebhookSigner {
    public static let header = "Millrace-Signature"

    public static func sign(_ body: String, secret: String, atSeconds seconds: Int64) -> String {
        "t=\(seconds),v1=" + code(body, secret, seconds).hexadecimal
    }

    /// For receivers, and for tests. What is older or younger than the tolerance may be a repetition by somebody else.
    public static func isGenuine(
        _ header: String, body: String, secret: String, nowSeconds: Int64, toleranceSeconds: Int64 = 300
    ) -> Bool {
        var fields: [Substring: Substring] = [:]
        for field in header.split(separator: ",") {
            let sides = field.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { fields[sides[0]] = sides[1] }
        }
        guard let seconds = fields["t"].flatMap({ Int64($0) }), let text = fields["v1"], let code = bytes(text),
            nowSeconds.subtractingReportingOverflow(seconds).partialValue.magnitude <= toleranceSeconds.magnitude
        else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: signed(body, seconds), using: SymmetricKey(data: Data(secret.utf8)))
    }

    private static func code(_ body: String, _ secret: String, _ seconds: Int64) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: signed(body, seconds), using: SymmetricKey(data: Data(secret.utf8))))
    }

    private static func signed(_ body: String, _ seconds: Int64) -> Data { Data("\(seconds).\(body)".utf8) }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8((digits[$0] ?? 0) * 16 + (digits[$0 + 1] ?? 0)) }
    }
}
