import HTTPTypes
import Hummingbird

/// The addresses of the API and what may be done there, so that a wrong method is told from a wrong address.
struct Addresses: Sendable {
    private let known: [(segments: [Substring], method: String)]

    init(_ routes: [Router<RestContext>.RouteDescription]) {
        known = routes.map { (Self.segments("\($0.path)"), $0.method.rawValue) }
    }

    /// In alphabetical order; empty when there is nothing at this path.
    func methods(at path: some StringProtocol) -> [String] {
        let asked = Self.segments(String(path))
        let found = known.filter { Self.match($0.segments, asked) }
        // As in the router, a name comes before what may be any name.
        let named = found.map { Self.named($0.segments) }.max()
        return found.filter { Self.named($0.segments) == named }.map(\.method).sorted()
    }

    private static func named(_ segments: [Substring]) -> Int { segments.count { !isAny($0) } }
    private static func isAny(_ segment: Substring) -> Bool { segment.hasPrefix("{") || segment.hasPrefix(":") }

    private static func segments(_ path: String) -> [Substring] { path.split(separator: "/") }

    private static func match(_ route: [Substring], _ asked: [Substring]) -> Bool {
        route.count == asked.count
            && zip(route, asked).allSatisfy { isAny($0) || $0 == $1 }
    }
}
