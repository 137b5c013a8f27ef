import Control
import GRPCCore
import GRPCProtobuf

/// Refusals as gRPC says them: a status, a sentence, and google.rpc.ErrorInfo with the code for programs.
enum Refusals {
    static let domain = "millrace"

    static func status(_ fault: RemoteFault) -> GoogleRPCStatus {
        status(code(fault.kind), reason: fault.code, fault.message)
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
