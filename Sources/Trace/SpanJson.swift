/// An ExportTraceServiceRequest in OTLP's JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): ids in
/// hexadecimal, 64-bit numbers as text.
enum SpanJson {
    static func text(_ spans: [Span], service: String, version: String, host: String) -> String {
        let resource = attributes([
            "service.name": service, "service.version": version, "service.instance.id": host,
        ])
        return #"{"resourceSpans":[{"resource":{"attributes":"# + resource
            + #"},"scopeSpans":[{"scope":{"name":"millrace"},"spans":["#
            + spans.map(text).joined(separator: ",") + "]}]}]}"
    }

    private static func text(_ span: Span) -> String {
        var fields = [
            #""traceId":"\#(span.trace.id)""#, #""spanId":"\#(span.trace.span)""#,
            #""name":"# + JsonLog.text(span.name), #""kind":\#(span.kind.rawValue)"#,
            #""startTimeUnixNano":"\#(span.beganNanoseconds)""#, #""endTimeUnixNano":"\#(span.endedNanoseconds)""#,
            #""attributes":"# + attributes(span.attributes),
            // STATUS_CODE_ERROR is 2; unset says that all is well.
            #""status":{"# + (span.isFailed ? #""code":2"# : "") + "}",
        ]
        if let parent = span.trace.parent { fields.append(#""parentSpanId":"\#(parent)""#) }
        if !span.trace.state.isEmpty { fields.append(#""traceState":"# + JsonLog.text(span.trace.state)) }
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func attributes(_ values: [String: String]) -> String {
        let all = values.sorted { $0.key < $1.key }.map {
            #"{"key":"# + JsonLog.text($0.key) + #","value":{"stringValue":"# + JsonLog.text($0.value) + "}}"
        }
        return "[" + all.joined(separator: ",") + "]"
    }
}
