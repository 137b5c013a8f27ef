import Control
import GRPCCore

/// Lets nobody through who has not shown the key, but for the health service.
///
/// Where a client certificate is demanded, the handshake has seen to it before any call arrives.
struct Access: ServerInterceptor {
    static let health = "grpc.health.v1.Health"

    /// Nil when a certificate is all that is asked for.
    let key: String?

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let isOpen = context.descriptor.service.fullyQualifiedService == Self.health
        guard isOpen || holds(request.metadata) else { throw Refusals.unauthenticated }
        return try await next(request, context)
    }

    func holds(_ metadata: Metadata) -> Bool {
        guard let key else { return true }
        var values = metadata[stringValues: "authorization"].makeIterator()
        guard let value = values.next(), values.next() == nil else { return false }
        let scheme = "bearer "
        guard value.utf8.count > scheme.utf8.count, value.prefix(scheme.count).lowercased() == scheme else {
            return false
        }
        return isEqualInConstantTime(value.utf8.dropFirst(scheme.utf8.count), key.utf8)
    }
}

/// Takes as long whatever the first difference is; that the lengths differ may be seen.
func isEqualInConstantTime(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
}
