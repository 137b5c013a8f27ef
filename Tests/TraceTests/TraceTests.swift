import Foundation
import Logging
import Synchronization
import Testing

@testable import Trace

@Suite struct TraceTests {
    private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parent = "00-\(id)-00f067aa0ba902b7-01"

    @Test func aTraceGoesOnWithASpanOfItsOwn() {
        let trace = Trace(continuing: Self.parent, state: ["a=1", "b=2"], request: "req_1")
        #expect(trace.id == Self.id && trace.parent == "00f067aa0ba902b7" && trace.isSampled)
        #expect(trace.span != trace.parent && trace.header == "00-\(Self.id)-\(trace.span)-01")
        #expect(trace.state == "a=1,b=2" && trace.request == "req_1")
        let child = trace.child()
        #expect(child.id == trace.id && child.parent == trace.span && child.request == "req_1")
    }

    @Test(arguments: [
        "", "00", parent + "0", parent + "-x", "ff" + parent.dropFirst(2),
        "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01",
        "00-\(id)-0000000000000000-01", parent.uppercased(), parent.replacing("-", with: "_"),
        "0g" + parent.dropFirst(2),
        "00-\(id)-00f067aa0ba902b7-0x", "01" + parent.dropFirst(2) + "x", String(repeating: "é", count: 28),
    ])
    func whatIsNoContextBeginsANewTrace(_ text: String) {
        let trace = Trace(continuing: text, state: ["a=1"])
        #expect(trace.id != Self.id && trace.parent == nil && trace.state.isEmpty)
        #expect(Trace(continuing: trace.header).id == trace.id)
    }

    @Test func aLaterVersionIsReadAsFarAsItIsKnown() {
        let trace = Trace(continuing: "01" + Self.parent.dropFirst(2) + "-more")
        #expect(trace.id == Self.id && trace.header.hasPrefix("00-"))
        #expect(Trace(continuing: "00-\(Self.id)-00f067aa0ba902b7-00").isSampled == false)
    }

    @Test func aStateThatIsWrongOrTooLongIsLeftOut() {
        for state in [
            "nothing", "a=\u{7}", "a=é", String(repeating: "a=1,", count: 33) + "b=2",
            "a=" + String(repeating: "x", count: 511),
        ] {
            #expect(Trace(continuing: Self.parent, state: [state]).state.isEmpty, "\(state)")
        }
    }

    @Test func tasksThatBeginInATraceHaveIt() async {
        let trace = Trace.begin(request: "req_2")
        let seen = Trace.$current.withValue(trace) { Task { Trace.current } }
        #expect(await seen.value == trace)
        #expect(Trace.current == nil)
    }
}

@Suite struct JsonLogTests {
    private func line(_ message: String, level: Logger.Level = .info, _ metadata: Logger.Metadata) throws -> [String:
        Any]
    {
        let lines = Mutex<[String]>([])
        var log = Logger(label: "millrace") { label in
            JsonLog(label: label) { line in lines.withLock { $0.append(line) } }
        }
        log.logLevel = .debug
        log.log(level: level, "\(message)", metadata: metadata)
        let text = try #require(lines.withLock { $0 }.first)
        #expect(text.hasSuffix("\n") && text.dropLast().allSatisfy { !$0.isNewline })
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func aLineIsOneObjectWhateverIsInIt() throws {
        let nasty = "a \"quote\", a \\, a\nline\r\n\u{1B}[31m\u{0}\u{2028} and é"
        let object = try line(
            nasty, level: .warning, ["room": "\(nasty)", "level": "mine", "list": ["a", ["b": "c"]]])
        #expect(object["message"] as? String == nasty && object["room"] as? String == nasty)
        #expect(object["level"] as? String == "warning" && object["_level"] as? String == "mine")
        #expect(object["logger"] as? String == "millrace")
        #expect((object["list"] as? [Any])?.first as? String == "a")
        let time = try #require(object["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
    }

    @Test func linesOfARequestSayWhichItIs() throws {
        let lines = Mutex<[String]>([])
        let log = Logger(label: "millrace") { label in
            JsonLog(label: label, metadataProvider: .trace) { line in lines.withLock { $0.append(line) } }
        }
        let trace = Trace.begin(request: "req_3")
        Trace.$current.withValue(trace) { log.notice("inside") }
        log.notice("outside")
        let texts = lines.withLock { $0 }
        #expect(texts[0].contains(#""request_id":"req_3","span_id":"\#(trace.span)","trace_id":"\#(trace.id)""#))
        #expect(!texts[1].contains("trace_id"))
    }
}

@Suite struct SpanTests {
    private func span(_ trace: Trace, _ name: String = "GET /rooms/{}") -> Span {
        Span(
            trace, name, beganNanoseconds: 1_700_000_000_000_000_001, endedNanoseconds: 1_700_000_000_000_000_002,
            isFailed: true, attributes: ["http.response.status_code": "500"])
    }

    @Test func spansAreToldAsOtlpHasThem() async throws {
        let spans = Spans()
        let trace = Trace(continuing: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state: ["a=\"1"])
        spans.add(span(trace, "say \"x\""), of: trace)
        let bodies = Mutex<[String]>([])
        await spans.flush(service: "millrace", version: "1", host: "a") { body in
            bodies.withLock { $0.append(body) }
            return true
        }
        let body = try #require(bodies.withLock { $0 }.first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        let resource = try #require((object["resourceSpans"] as? [[String: Any]])?.first)
        let scope = try #require((resource["scopeSpans"] as? [[String: Any]])?.first)
        let told = try #require((scope["spans"] as? [[String: Any]])?.first)
        #expect(told["traceId"] as? String == trace.id && told["parentSpanId"] as? String == "00f067aa0ba902b7")
        #expect(told["name"] as? String == "say \"x\"" && told["kind"] as? Int == 2)
        #expect(told["startTimeUnixNano"] as? String == "1700000000000000001")
        #expect((told["status"] as? [String: Int]) == ["code": 2] && told["traceState"] as? String == "a=\"1")
        #expect(spans.counts == (1, 0, 0))
    }

    @Test func whatNobodyTakesIsBoundedAndCounted() async {
        let spans = Spans()
        let quiet = Trace(continuing: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
        spans.add(span(quiet), of: quiet)
        let trace = Trace.begin()
        for _ in 0..<(Spans.capacity + 7) { spans.add(span(trace), of: trace) }
        #expect(spans.counts == (0, 0, 7))
        await spans.flush(service: "s", version: "v", host: "h") { _ in false }
        #expect(spans.counts.failed == 512 && spans.counts.sent == 0)
        let unwanted = Spans(areWanted: false)
        for _ in 0..<(Spans.capacity + 7) { unwanted.add(span(trace), of: trace) }
        #expect(unwanted.counts == (0, 0, 0))
    }
}
