import Control
import GRPCCore
import GRPCProtobuf
import SwiftProtobuf

/// The methods of one service, registered one by one: the table in `RoomsService` reads like the proto.
struct Methods<Transport: ServerTransport> {
    let service: String
    var router: RPCRouter<Transport>

    mutating func unary<Request: Message, Answer: Message>(
        _ name: String, _ body: @escaping @Sendable (Request) async throws -> Answer
    ) {
        register(name, Request.self, Answer.self) { request, _ in
            let message = try await ServerRequest(stream: request).message
            let answer = try await refusing { try await body(message) }
            return StreamingServerResponse(single: ServerResponse(message: answer))
        }
    }

    /// `body` writes until it returns, throws or is cancelled, which it is when the client has gone.
    mutating func stream<Request: Message, Answer: Message>(
        _ name: String, _ body: @escaping @Sendable (Request, RPCWriter<Answer>) async throws -> Void
    ) {
        register(name, Request.self, Answer.self) { request, context in
            let message = try await ServerRequest(stream: request).message
            return StreamingServerResponse { writer in
                try await refusing { try await untilCancelled(context) { try await body(message, writer) } }
                return [:]
            }
        }
    }

    mutating func both<Request: Message, Answer: Message>(
        _ name: String, _ body: @escaping @Sendable (Request) -> Answer
    ) {
        register(name, Request.self, Answer.self) { request, _ in
            StreamingServerResponse { writer in
                for try await message in request.messages { try await writer.write(body(message)) }
                return [:]
            }
        }
    }

    private mutating func register<Request: Message, Answer: Message>(
        _ name: String, _: Request.Type, _: Answer.Type,
        _ handler:
            @escaping @Sendable (StreamingServerRequest<Request>, ServerContext) async throws ->
            StreamingServerResponse<Answer>
    ) {
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: service, method: name),
            deserializer: ProtobufDeserializer<Request>(), serializer: ProtobufSerializer<Answer>(), handler: handler)
    }
}

/// Turns refusals into what gRPC sends.
private func refusing<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch let fault as RemoteFault { throw Refusals.error(fault) }
}

private func untilCancelled(_ context: ServerContext, _ body: @escaping @Sendable () async throws -> Void) async throws
{
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body() }
        group.addTask { try await context.cancellation.cancelled }
        defer { group.cancelAll() }
        try await group.next()
    }
}
