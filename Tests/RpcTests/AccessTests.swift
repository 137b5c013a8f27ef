import GRPCCore
import GRPCInProcessTransport
import GRPCProtobuf
import NIOEmbedded
import Protocol
import SwiftProtobuf
import Testing

@testable import Control
@testable import Rpc

/// Who is let through, and that nothing can be reached otherwise.
struct AccessTests {
    private static let key = "0123456789abcdef0123456789abcdef"

    /// Nothing behind it: whoever reaches an operation ends the test.
    private var services: Services {
        Services(
            remote: RemoteControl(loop: EmbeddedEventLoop()) { fatalError("an operation was reached") },
            health: HealthState())
    }

    @Test func everyMethodOfTheProtosIsServed() throws {
        let set = try Reflection.descriptors()
        let wanted = set.file.flatMap { file in
            file.service.flatMap { service in
                service.method.map { "\(file.package).\(service.name)/\($0.name)" }
            }
        }
        let served = services.router(InProcessTransport.Server.self).methods.map(\.fullyQualifiedMethod)
        #expect(wanted.count > 30)
        #expect(Set(served) == Set(wanted))
    }

    @Test(
        arguments: [
            nil, "", "Bearer ", "Bearer 0123456789abcdef0123456789abcdeX", "Bearer 0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdef", "Basic 0123456789abcdef0123456789abcdef",
        ] as [String?]) func noMethodAnswersWithoutTheKey(_ value: String?) async throws
    {
        var metadata = Metadata()
        if let value { metadata.addString(value, forKey: "authorization") }
        let transport = InProcessTransport()
        var router = services.router(InProcessTransport.Server.self)
        router.registerInterceptors(pipeline: [.apply(Access(key: Self.key), to: .all)])
        let methods = router.methods.filter { $0.service.fullyQualifiedService != Access.health }
        let server = GRPCServer(transport: transport.server, router: router)
        let serving = Task { try await server.serve() }
        try await withGRPCClient(transport: transport.client) { client in
            for method in methods {
                let code = try await client.unary(
                    request: ClientRequest(message: [], metadata: metadata), descriptor: method,
                    serializer: Bytes(), deserializer: Bytes(), options: .defaults
                ) { response -> RPCError.Code? in
                    do {
                        _ = try response.message
                        return nil
                    } catch { return (error as? RPCError)?.code }
                }
                #expect(code == .unauthenticated, "\(method)")
            }
        }
        server.beginGracefulShutdown()
        try await serving.value
    }

    @Test func whoCallsTooOftenIsRefusedBeforeTheKeyIsLookedAt() async throws {
        let transport = InProcessTransport()
        var router = services.router(InProcessTransport.Server.self)
        router.registerInterceptors(pipeline: [
            // Two at once, and the next after half an hour.
            .apply(CallRate(perSecond: 1 / 1800, burst: 2), to: .all), .apply(Access(key: Self.key), to: .all),
        ])
        let method = try #require(router.methods.first { $0.service.fullyQualifiedService != Access.health })
        let server = GRPCServer(transport: transport.server, router: router)
        let serving = Task { try await server.serve() }
        var codes: [RPCError.Code?] = []
        try await withGRPCClient(transport: transport.client) { client in
            for _ in 0..<3 {
                let code = try await client.unary(
                    request: ClientRequest(message: [], metadata: [:]), descriptor: method, serializer: Bytes(),
                    deserializer: Bytes(), options: .defaults
                ) { response -> RPCError.Code? in
                    do {
                        _ = try response.message
                        return nil
                    } catch { return (error as? RPCError)?.code }
                }
                codes.append(code)
            }
        }
        server.beginGracefulShutdown()
        try await serving.value
        #expect(codes == [.unauthenticated, .unauthenticated, .resourceExhausted])
    }

    @Test func theKeyOpens() {
        let access = Access(key: Self.key)
        #expect(access.holds(["authorization": "Bearer \(Self.key)"]))
        #expect(access.holds(["authorization": "bearer \(Self.key)"]))
        // Two of them may be read differently by a proxy.
        var twice: Metadata = ["authorization": "Bearer \(Self.key)"]
        twice.addString("Bearer \(Self.key)", forKey: "authorization")
        #expect(!access.holds(twice))
        #expect(Access(key: nil).holds([:]))
    }

    @Test func refusalsHaveAStatusAndACode() throws {
        let fault = RemoteFault(kind: .notFound, code: "ROOM_NOT_FOUND", message: "there is none")
        let error = Refusals.error(fault)
        #expect(error.code == .notFound && error.message == "there is none")
        let info = try #require(try error.unpackGoogleRPCStatus()?.details.first?.errorInfo)
        #expect(info.reason == "ROOM_NOT_FOUND" && info.domain == "millrace" && info.metadata.isEmpty)
    }

    @Test func aRoomThatAnotherHostHasIsRefusedWithItsAddress() throws {
        let error = Refusals.error(
            .elsewhere(.init(host: "b", url: "https://b.example", grpcAddress: "b.example:9090")))
        #expect(error.code == .failedPrecondition)
        let info = try #require(try error.unpackGoogleRPCStatus()?.details.first?.errorInfo)
        #expect(info.reason == "ROOM_ELSEWHERE")
        #expect(info.metadata == ["host": "b", "url": "https://b.example", "grpc": "b.example:9090"])
        #expect(Array(error.metadata[stringValues: "millrace-grpc"]) == ["b.example:9090"])
        #expect(Array(error.metadata[stringValues: "millrace-url"]) == ["https://b.example"])
    }
}

/// Messages as they are on the wire.
private struct Bytes: MessageSerializer, MessageDeserializer {
    func serialize<Out: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Out { Out(message) }
    func deserialize<In: GRPCContiguousBytes>(_ bytes: In) throws -> [UInt8] { bytes.withUnsafeBytes { Array($0) } }
}
