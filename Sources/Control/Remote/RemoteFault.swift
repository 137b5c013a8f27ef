import SessionDescription

/// Why another control plane's call was refused. The list of codes is in control.proto.
public struct RemoteFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// As in gRPC's status codes.
    public enum Kind: Sendable {
        case invalidArgument, notFound, alreadyExists, failedPrecondition, resourceExhausted, unavailable
    }

    public let kind: Kind
    /// For programs.
    public let code: String
    /// For people.
    public let message: String
    /// The host to ask instead; nil where that would not help.
    public var elsewhere: Elsewhere?

    /// Another host of the cluster, which has the room.
    public struct Elsewhere: Equatable, Sendable {
        /// HOST_ID.
        public var host: String
        /// HOST_URL.
        public var url: String
        /// Host and port; empty for a host without gRPC.
        public var grpcAddress: String
    }

    public var description: String { "\(code): \(message)" }

    static func invalid(_ message: String, code: String = "INVALID_ARGUMENT") -> RemoteFault {
        RemoteFault(kind: .invalidArgument, code: code, message: message)
    }

    static func missing(_ code: String, _ message: String) -> RemoteFault {
        RemoteFault(kind: .notFound, code: code, message: message)
    }

    static func exists(_ code: String, _ message: String) -> RemoteFault {
        RemoteFault(kind: .alreadyExists, code: code, message: message)
    }

    static func wrongState(_ code: String, _ message: String) -> RemoteFault {
        RemoteFault(kind: .failedPrecondition, code: code, message: message)
    }

    static func elsewhere(_ place: Elsewhere) -> RemoteFault {
        var fault = wrongState("ROOM_ELSEWHERE", "another host of the cluster has this room: \(place.host)")
        fault.elsewhere = place
        return fault
    }

    /// A reader that is too far behind.
    static let tooSlow = RemoteFault(
        kind: .resourceExhausted, code: "TOO_SLOW", message: "the stream's reader is too far behind")
    static let ending = RemoteFault(kind: .unavailable, code: "DRAINING", message: "the server has ended")
}

extension RegistryError {
    var fault: RemoteFault {
        switch self {
        case .roomFull: RemoteFault(kind: .resourceExhausted, code: "ROOM_FULL", message: description)
        case .draining: RemoteFault(kind: .unavailable, code: "DRAINING", message: description)
        case .shardBusy: RemoteFault(kind: .unavailable, code: "BUSY", message: description)
        case .overloaded: RemoteFault(kind: .unavailable, code: "OVERLOADED", message: description)
        case .roomsExhausted, .peersExhausted, .producersExhausted, .roomProducersExhausted, .peerProducersExhausted,
            .consumersExhausted:
            RemoteFault(kind: .resourceExhausted, code: "EXHAUSTED", message: description)
        }
    }
}

extension SdpError {
    var fault: RemoteFault {
        switch reason {
        case .payloadTypeConflict, .extensionConflict: .invalid(description, code: "MEDIA_CONFLICT")
        case _ where isMalformed: .invalid(description, code: "SDP_MALFORMED")
        default: .invalid(description, code: "SDP_REFUSED")
        }
    }
}

/// What the registry refuses, in the caller's words.
func refusing<Value>(_ body: () throws(RegistryError) -> Value) throws(RemoteFault) -> Value {
    do throws(RegistryError) { return try body() } catch { throw error.fault }
}

/// The same for session descriptions.
func reading<Value>(_ body: () throws(SdpError) -> Value) throws(RemoteFault) -> Value {
    do throws(SdpError) { return try body() } catch { throw error.fault }
}
