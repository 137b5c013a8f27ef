import NIOHTTP1
import Trace

extension Trace {
    /// As an HTTP request names it. RFC 9110 §5.3: one `traceparent`, and no list.
    init(continuing headers: HTTPHeaders, request: String) {
        let parents = headers["traceparent"]
        self.init(
            continuing: parents.count == 1 ? parents[0] : nil, state: headers["tracestate"], request: request)
    }
}

extension HTTPHeaders {
    /// What an answer says of its request.
    init(_ trace: Trace) { self = ["traceparent": trace.header, "x-request-id": trace.request] }
}
