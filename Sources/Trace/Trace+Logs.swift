import Logging

extension Trace {
    /// What every line says that is written while it runs.
    public var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["trace_id": .string(id), "span_id": .string(span)]
        if !request.isEmpty { metadata["request_id"] = .string(request) }
        return metadata
    }

    /// With more, for lines that are written when it does not run.
    public func metadata(_ more: Logger.Metadata) -> Logger.Metadata { metadata.merging(more) { $1 } }
}

extension Logger.MetadataProvider {
    /// Of the current trace; nothing where there is none.
    public static let trace = Logger.MetadataProvider { Trace.current?.metadata ?? [:] }
}
