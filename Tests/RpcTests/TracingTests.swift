import GRPCCore
import GRPCInProcessTransport
import Logging
import NIOEmbedded
import Protocol
import Testing
import Trace

@testable import Control
@testable import Rpc

struct TracingTests {
    /// What comes back with a health check, and with a call that is refused.
    private func metadata(_ sent: Metadata, isRefused: Bool) async throws -> Metadata {
        let services = Services(
            remote: RemoteControl(loop: EmbeddedEventLoop()) { fatalError("an operation was reached") },
            health: HealthState())
        let transport = InProcessTransport()
        var router = services.router(InProcessTransport.Server.self)
        let key = isRefused ? String(repeating: "k", count: 32) : nil
        router.registerInterceptors(pipeline: [
            .apply(Tracing(log: Logger(label: "test"), spans: Spans()), to: .all), .apply(Access(key: key), to: .all),
        ])
        let wanted = try #require(
            router.methods.first {
                ($0.service.fullyQualifiedService == Access.health) != isRefused && $0.method != "Watch"
            })
        let server = GRPCServer(transport: transport.server, router: router)
        let serving = Task { try await server.serve() }
        defer { serving.cancel() }
        return try await withGRPCClient(transport: transport.client) { client in
            try await client.unary(
                request: ClientRequest(message: [], metadata: sent), descriptor: wanted, serializer: Plain(),
                deserializer: Plain(), options: .defaults
            ) { response in
                switch response.accepted {
                case .success(let contents): contents.metadata
                case .failure(let error): error.metadata
                }
            }
        }
    }

    @Test(arguments: [false, true]) func anAnswerNamesTheTraceOfItsCall(isRefused: Bool) async throws {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736"
        let back = try await metadata(["traceparent": "00-\(id)-00f067aa0ba902b7-01"], isRefused: isRefused)
        let headers = Array(back[stringValues: "traceparent"])
        #expect(headers.count == 1 && headers[0].hasPrefix("00-\(id)-"))
        #expect(Array(back[stringValues: "x-request-id"]).first?.hasPrefix("rpc_") == true)
        let made = try await metadata([:], isRefused: isRefused)
        #expect(Array(made[stringValues: "traceparent"]).first?.utf8.count == 55)
    }
}

private struct Plain: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
