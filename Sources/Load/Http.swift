/// One request to the SFU.
public struct HttpRequest: Sendable {
    public var method: String
    /// With query, from the root.
    public var path: String
    public var headers: [(name: String, value: String)] = []
    public var body = ""
    /// How long a response may take.
    public var timeoutSeconds = 15

    public init(_ method: String, _ path: String) {
        self.method = method
        self.path = path
    }
}

public struct HttpResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: String

    public init(status: Int, headers: [(name: String, value: String)], body: String) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in whatever case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }

    public var isSuccess: Bool { (200..<300).contains(status) }
}

/// Why there was no response, as a sentence.
public struct HttpFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Whoever carries requests. The executable brings one; this module opens no TCP connection.
public protocol HttpTransport: Sendable {
    /// `then` is called once, on any thread.
    func send(_ request: HttpRequest, then: @escaping @Sendable (Result<HttpResponse, HttpFailure>) -> Void)
}

/// The path of a Location header, which may be absolute (RFC 9110 §10.2.2).
func path(ofLocation location: String) -> String {
    guard let scheme = location.firstRange(of: "://") else {
        return location.hasPrefix("/") ? location : "/" + location
    }
    let rest = location[scheme.upperBound...]
    return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
}
