import Control
import GRPCCore
import Logging
import Trace

/// Every call in a trace: the one that its metadata names, or a new one, which its answer names.
struct Tracing: ServerInterceptor {
    let log: Logger
    let spans: Spans

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>, context: ServerContext,
        next: @Sendable (StreamingServerRequest<Input>, ServerContext) async throws -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let trace = Self.trace(of: request.metadata)
        let began = Spans.now()
        let name = "\(context.descriptor)"
        do {
            var response = try await Trace.$current.withValue(trace) { try await next(request, context) }
            note(trace, name, since: began, failure: response.refusal)
            response.metadata.replaceOrAddString(trace.header, forKey: "traceparent")
            response.metadata.replaceOrAddString(trace.request, forKey: "x-request-id")
            return response
        } catch let refusal as any RPCErrorConvertible {
            var error = RPCError(refusal)
            error.metadata.replaceOrAddString(trace.header, forKey: "traceparent")
            error.metadata.replaceOrAddString(trace.request, forKey: "x-request-id")
            note(trace, name, since: began, failure: "\(error.code)")
            throw error
        }
    }

    static func trace(of metadata: Metadata) -> Trace {
        let parents = Array(metadata[stringValues: "traceparent"])
        return Trace(
            continuing: parents.count == 1 ? parents[0] : nil, state: Array(metadata[stringValues: "tracestate"]),
            request: "rpc_" + randomName())
    }

    private static func randomName() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }

    private func note(_ trace: Trace, _ name: String, since began: UInt64, failure: String?) {
        let ended = Spans.now()
        Trace.$current.withValue(trace) {
            var metadata: Logger.Metadata = ["call": "\(name)", "microseconds": "\((ended &- began) / 1000)"]
            if let failure { metadata["refusal"] = "\(failure)" }
            log.debug("call", metadata: metadata)
        }
        spans.add(
            Span(
                trace, name, beganNanoseconds: began, endedNanoseconds: ended, isFailed: failure != nil,
                attributes: ["rpc.system": "grpc", "rpc.method": name]), of: trace)
    }
}

extension StreamingServerResponse {
    /// Nil for a call that was accepted.
    fileprivate var refusal: String? {
        if case .failure(let error) = accepted { "\(error.code)" } else { nil }
    }
}
