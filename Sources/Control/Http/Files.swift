import NIOHTTP1

/// The page's files, which are part of the binary.
struct Files: Sendable {
    private struct File {
        var type: String
        var bytes: [UInt8]
        var tag: String
    }

    private let files: [String: File]

    init(_ all: [WebFile]) {
        files = Dictionary(
            uniqueKeysWithValues: all.map { entry in
                let bytes = entry.content.flatMap { $0.withUTF8Buffer { Array($0) } }
                return (entry.path, File(type: entry.contentType, bytes: bytes, tag: entry.etag))
            })
    }

    /// Nil when there is no such file.
    func response(to request: Request) -> Response? {
        let path = "/" + request.path.joined(separator: "/")
        // Pages have an address without the ending.
        guard let file = files[path] ?? files[path + ".html"] else { return nil }
        var headers = Self.security
        if path.hasPrefix("/sdk/") {
            // Customers' pages load it from their own addresses.
            headers.add(name: "Access-Control-Allow-Origin", value: "*")
            headers.add(name: "Cross-Origin-Resource-Policy", value: "cross-origin")
        }
        headers.add(name: "ETag", value: file.tag)
        headers.add(name: "Cache-Control", value: "no-cache")
        if request.headers[canonicalForm: "if-none-match"].contains(Substring(file.tag)) {
            return Response(.notModified, headers: headers)
        }
        headers.add(name: "Content-Type", value: file.type)
        return Response(.ok, headers: headers, body: file.bytes)
    }

    private static let security: HTTPHeaders = [
        "Content-Security-Policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
            + "media-src 'self' blob: mediastream:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
            + "form-action 'self'; frame-ancestors 'none'",
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self)",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    ]
}
