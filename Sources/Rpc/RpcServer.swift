import Control
import Foundation
import GRPCCore
import GRPCNIOTransportCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Logging
import NIOCertificateReloading
import NIOPosix
import Synchronization
import Trace

/// gRPC for other control planes, on a thread of its own: TLS and HTTP/2 are no work of the control side's loop, which
/// sees only the operations.
public final class RpcServer: Sendable {
    private let server: GRPCServer<HTTP2ServerTransport.Posix>
    private let health: HealthState
    private let group: MultiThreadedEventLoopGroup
    private let certificates: Certificates?
    private let serving: Task<Void, any Error>
    /// TCP port that is listened on.
    public let port: Int

    private init(
        _ server: GRPCServer<HTTP2ServerTransport.Posix>, _ health: HealthState, _ group: MultiThreadedEventLoopGroup,
        _ certificates: Certificates?, _ serving: Task<Void, any Error>, port: Int
    ) {
        self.server = server
        self.health = health
        self.group = group
        self.certificates = certificates
        self.serving = serving
        self.port = port
    }

    /// Returns when it listens. Not for tasks: it blocks.
    public static func start(_ settings: GrpcSettings, _ remote: RemoteControl, _ spans: Spans, _ log: Logger) throws
        -> RpcServer
    {
        var failure: (any Error)?
        for address in settings.addresses {
            do { return try start(settings, at: address, remote, spans, log) } catch { failure = error }
        }
        throw failure ?? RPCError(code: .internalError, message: "no address to listen on")
    }

    private static func start(
        _ settings: GrpcSettings, at address: String, _ remote: RemoteControl, _ spans: Spans, _ log: Logger
    ) throws -> RpcServer {
        let certificates = try certificates(settings, log)
        let security = try security(settings, certificates)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let socket: GRPCNIOTransportCore.SocketAddress =
            address.contains(":")
            ? .ipv6(host: address, port: settings.port) : .ipv4(host: address, port: settings.port)
        let transport = HTTP2ServerTransport.Posix(
            address: socket, transportSecurity: security,
            config: .defaults { $0.rpc.maxRequestPayloadSize = 1 << 20 },
            eventLoopGroup: group)
        let health = HealthState()
        var router = Services(remote: remote, health: health).router(HTTP2ServerTransport.Posix.self)
        router.registerInterceptors(pipeline: [
            .apply(Tracing(log: log, spans: spans), to: .all),
            .apply(CallRate(perSecond: settings.callsPerSecond), to: .all), .apply(Access(key: settings.key), to: .all),
        ])
        let server = GRPCServer(transport: transport, router: router)
        let serving = Task { try await server.serve() }
        do {
            let port = try waitFor { try await transport.listeningAddress.port }
            log.notice("gRPC", metadata: ["address": "\(address)", "port": "\(port)"])
            return RpcServer(server, health, group, certificates, serving, port: port)
        } catch {
            certificates?.stop()
            serving.cancel()
            try? group.syncShutdownGracefully()
            throw error
        }
    }

    private static func certificates(_ settings: GrpcSettings, _ log: Logger) throws -> Certificates? {
        guard let certificate = settings.certificate, let privateKey = settings.privateKey else { return nil }
        return try Certificates(chain: certificate, key: privateKey, log: log)
    }

    private static func security(
        _ settings: GrpcSettings, _ certificates: Certificates?
    ) throws -> HTTP2ServerTransport.Posix.TransportSecurity {
        guard let certificates else { return .plaintext }
        return try .tls(certificateReloader: certificates.reloader) { tls in
            guard let authority = settings.clientAuthority else { return }
            tls.trustRoots = .certificates([.file(path: authority, format: .pem)])
            // A client's certificate names no host.
            tls.clientCertificateVerification = .noHostnameVerification
        }
    }

    /// Health says from now on that no new work is wanted; calls are still answered.
    public func drain() { health.stopServing() }

    /// Ends all calls and the thread.
    public func stop() {
        server.beginGracefulShutdown()
        let serving = serving
        let late = Task {
            try await Task.sleep(for: .seconds(1))
            serving.cancel()
        }
        _ = try? waitFor { try? await serving.value }
        late.cancel()
        certificates?.stop()
        try? group.syncShutdownGracefully()
    }
}

extension GRPCNIOTransportCore.SocketAddress {
    fileprivate var port: Int { ipv4?.port ?? ipv6?.port ?? 0 }
}

/// What a task comes to, for callers that are none. Not from a task: its thread would wait.
private func waitFor<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let box = Box<Value>()
    Task {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        box.value.withLock { $0 = result }
        done.signal()
    }
    done.wait()
    return try box.value.withLock { $0! }.get()
}

private final class Box<Value: Sendable>: Sendable {
    let value = Mutex<Result<Value, any Error>?>(nil)
}
