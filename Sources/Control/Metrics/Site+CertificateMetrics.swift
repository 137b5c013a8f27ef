import Foundation
import NIOSSL

/// How long certificates are still good. Files are read once a minute at most: they are small, and the loop must not wait for
/// a disk more often.
final class CertificateDates {
    private static let every: TimeInterval = 60

    /// By who shows it, with the paths of PEM files.
    private let files: [(listener: String, path: String)]
    /// In the files' order; nil for one that cannot be read.
    private var ends: [TimeInterval?] = []
    private var readAt: TimeInterval = 0

    init(_ files: [(listener: String, path: String)]) { self.files = files }

    /// Seconds until `notAfter` of each listener's own certificate; negative for one that has ended.
    func left(at now: TimeInterval) -> [(listener: String, seconds: Int64)] {
        if now - readAt >= Self.every {
            ends = files.map { Self.end(of: $0.path) }
            readAt = now
        }
        return zip(files, ends).compactMap { file, end in
            end.map { (file.listener, Int64(($0 - now).rounded(.down))) }
        }
    }

    /// The first of a chain is the listener's.
    private static func end(of path: String) -> TimeInterval? {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(path), let first = chain.first else { return nil }
        return TimeInterval(first.notValidAfter)
    }
}

extension Site {
    func writeCertificates(to text: inout MetricsText) {
        text.gauges(
            "tls_certificate_seconds_left", "Seconds until a listener's certificate ends; negative when it has.",
            certificateDates.left(at: Date().timeIntervalSince1970).map { ("listener=\"\($0.listener)\"", $0.seconds) })
    }
}
