import Control
import GRPCCore
import GRPCProtobuf

/// Refusals as gRPC says them: a status, a sentence, and google.rpc.ErrorInfo with the code for programs.
enum Refusals {
    static let domain = "millrace"

    /// With `elsewhere` also the other host, in ErrorInfo's metadata and as metadata of the call.
    static func error(_ fault: RemoteFault) -> RPCError {
        let place = fault.elsewhere.map { ["host": $0.host, "url": $0.url, "grpc": $0.grpcAddress] } ?? [:]
        let status = GoogleRPCStatus(
            code: code(fault.kind), message: fault.message,
            details: .errorInfo(reason: fault.code, domain: domain, metadata: place))
        var error = RPCError(status)
        for (name, value) in place where !value.isEmpty {
            error.metadata.addString(value, forKey: "millrace-" + name)
        }
        return error
    }

    static let unauthenticated = status(
        .unauthenticated, reason: "UNAUTHENTICATED", "\"authorization: Bearer KEY\" with the control key is needed")

    static let rateLimited = status(
        .resourceExhausted, reason: "RATE_LIMITED", "too many calls from this address; slow down")

    private static func status(_ code: RPCError.Code, reason: String, _ message: String) -> GoogleRPCStatus {
        GoogleRPCStatus(code: code, message: message, details: .errorInfo(reason: reason, domain: domain))
    }

    private static func code(_ kind: RemoteFault.Kind) -> RPCError.Code {
        switch kind {
        case .invalidArgument: .invalidArgument
        case .notFound: .notFound
        case .alreadyExists: .alreadyExists
        case .failedPrecondition: .failedPrecondition
        case .resourceExhausted: .resourceExhausted
        case .unavailable: .unavailable
        }
    }
}
