/// What is said to Janus (its "Janus API" over HTTP), as far as a load generator says it.
struct JanusRequest: Encodable {
    var janus: String
    var transaction = ""
    var plugin: String?
    var body: Body?
    var jsep: JanusDescription?

    /// A request to the VideoRoom plugin.
    struct Body: Encodable {
        var request: String
        var room: Int?
        var ptype: String?
        var id: UInt32?
        var display: String?
        var publishers: Int?
        var permanent: Bool?
        /// What publishers of a room may send.
        var videocodec: String?
        var streams: [Feed]?
    }

    struct Feed: Encodable { var feed: UInt32 }

    init(_ janus: String) { self.janus = janus }

    init(_ body: Body, _ jsep: JanusDescription? = nil) {
        janus = "message"
        self.body = body
        self.jsep = jsep
    }
}

struct JanusDescription: Codable {
    /// `offer` or `answer`.
    var type: String
    var sdp: String
}

/// A response, or an event of the long poll.
struct JanusReply: Decodable {
    /// `success`, `ack`, `error`, `event`, `keepalive`, …
    var janus: String
    var transaction: String?
    var data: Identified?
    var error: Refusal?
    var plugindata: PluginData?
    var jsep: JanusDescription?

    struct Identified: Decodable { var id: UInt64? }

    struct Refusal: Decodable {
        var code: Int
        var reason: String
    }

    struct PluginData: Decodable {
        var data: Fields?

        struct Fields: Decodable {
            var videoroom: String?
            var errorCode: Int?
            var error: String?

            enum CodingKeys: String, CodingKey {
                case videoroom, error
                case errorCode = "error_code"
            }
        }
    }

    /// Why Janus or its plugin would not, as a sentence; nil when it would.
    var refusal: String? {
        if let error { return "\(error.reason) (\(error.code))" }
        guard let fields = plugindata?.data, let text = fields.error else { return nil }
        return "\(text) (\(fields.errorCode ?? 0))"
    }
}
