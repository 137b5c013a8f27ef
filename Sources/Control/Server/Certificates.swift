import Logging
import NIOCertificateReloading
import NIOSSL

/// A certificate chain and its key, read from their files again every few seconds: connections that begin afterwards get
/// what is there then. Files that do not belong together leave what was read before.
public final class Certificates: Sendable {
    private static let every = Duration.seconds(5)

    public let reloader: TimedCertificateReloader
    private let reloading: Task<Void, Never>

    /// - Parameters: paths of PEM files.
    /// - Throws: what is wrong with the files.
    public init(chain: String, key: String, log: Logger) throws {
        var configuration = TimedCertificateReloader.Configuration(
            refreshInterval: Self.every, certificateSource: .init(location: .file(path: chain), format: .pem),
            privateKeySource: .init(location: .file(path: key), format: .pem))
        configuration.onCertificateLoaded = {
            guard $0.currentX509CertificateChain != $0.previousX509CertificateChain else { return }
            log.notice("certificate read", metadata: ["file": "\(chain)"])
        }
        configuration.onCertificateLoadFailed = {
            log.error("certificate not read", metadata: ["file": "\(chain)", "error": "\($0.error)"])
        }
        let reloader = try TimedCertificateReloader.makeReloaderValidatingSources(configuration: configuration)
        self.reloader = reloader
        reloading = Task { try? await reloader.run() }
    }

    /// For servers that speak HTTP/1.1.
    func context() throws -> NIOSSLContext {
        var configuration = try TLSConfiguration.makeServerConfiguration(certificateReloader: reloader)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    public func stop() { reloading.cancel() }
}
