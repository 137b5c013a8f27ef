import ArgumentParser
import CPlatform
import Dispatch
import Foundation
import Glibc
import Load
import Synchronization
import Watch

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a running server does: its shards, and the rooms and peers that are named.",
        discussion: """
            Reads /metrics and /rooms/ROOM/stats every --seconds and shows what has changed. Ends with Ctrl-C.

            Of the columns: in/s and out/s are packets; p50 ms to p99.9 are the time from a burst's arrival until its last packet was \
            ready to send; drops/s counts what had no time, memory or room (marked ! in the line below, which \
            has all reasons); over/s are bursts that took more than 10 ms; shed is how much is left out for want of \
            time; seg/run is packets sent at once; est are peers whose link is estimated, est Mb/s their mean; held \
            are videos that get nothing because their link carries no more.
            """)

    @Option(help: "The server.") var url = "http://127.0.0.1:8080"
    @Option(help: "Show this room's peers; may be given several times.") var room: [String] = []
    @Option(help: "A token for the rooms; not needed on the host of a server that runs with --dev.") var token: String?
    @Option(help: "Between two looks.") var seconds = 1.0
    @Flag(help: "Look twice, print once, and end.") var once = false
    @Flag(help: "A line of JSON for each look, instead of the view.") var json = false

    func validate() throws {
        guard seconds >= 0.1, seconds <= 3600 else { throw ValidationError("--seconds: from 0.1 to 3600") }
        guard HttpTarget(url) != nil else { throw ValidationError("--url: expected http://host[:port]") }
    }

    func run() throws {
        let http = LoadHttp(target: HttpTarget(url)!)
        defer { http.shutdown() }
        let source = TopSource(http: http, prefix: HttpTarget(url)!.prefix, rooms: room, token: token)
        do throws(LoadError) {
            var before = try source.look()
            while true {
                Thread.sleep(forTimeInterval: seconds)
                let now = try source.look()
                show(now.page(since: before))
                if once { return }
                before = now
            }
        } catch {
            fail("millrace top: \(error)")
        }
    }

    private func show(_ page: TopPage) {
        let text: String
        if json {
            text = ((try? page.json()) ?? "{}") + "\n"
        } else if once || isatty(1) != 1 {
            text = page.text(columns: isatty(1) == 1 ? Self.columns : 500)
        } else {
            // Home, each line cleared behind its end, and all below the last.
            text = "\u{1B}[H" + page.text(columns: Self.columns).replacing("\n", with: "\u{1B}[K\n") + "\u{1B}[J"
        }
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private static var columns: Int {
        var size = winsize()
        return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 500
    }
}

/// Asks a server.
private struct TopSource {
    let http: LoadHttp
    let prefix: String
    let rooms: [String]
    let token: String?

    /// What was answered at one moment.
    struct Look {
        var scrape: Scrape
        /// By room.
        var stats: [String: String]

        func page(since before: Look) -> TopPage {
            let seconds = scrape.seconds - before.scrape.seconds
            let rooms = stats.sorted { $0.key < $1.key }.compactMap { name, answer in
                RoomFigures(before: before.stats[name], now: answer, seconds: seconds)
            }
            return TopPage(server: ServerFigures(before: before.scrape, now: scrape), rooms: rooms)
        }
    }

    func look() throws(LoadError) -> Look {
        let scrape = Scrape(parsing: try get("/metrics"), seconds: Double(cp_now()) / 1e9)
        guard scrape.isMillrace else { throw LoadError("/metrics is not that of a millrace server") }
        var stats: [String: String] = [:]
        for room in Set(rooms) {
            let name = room.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? room
            stats[room] = try get("/rooms/\(name)/stats", isOptional: true)
        }
        return Look(scrape: scrape, stats: stats)
    }

    /// - Parameter isOptional: 404 is an empty answer: a room comes and goes.
    private func get(_ path: String, isOptional: Bool = false) throws(LoadError) -> String {
        var request = HttpRequest("GET", prefix + path)
        if let token { request.headers.append(("Authorization", "Bearer \(token)")) }
        let answer = Answer()
        http.send(request) { answer.give($0) }
        switch answer.wait() {
        case .success(let response) where response.status == 200: return response.body
        case .success(let response) where response.status == 404 && isOptional: return ""
        case .success(let response): throw LoadError("GET \(path): status \(response.status): \(response.body)")
        case .failure(let failure): throw LoadError("GET \(path): \(failure)")
        }
    }
}

/// One answer, passed from the loop's thread to the waiting one.
private final class Answer: Sendable {
    private let result = Mutex<Result<HttpResponse, HttpFailure>?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    func give(_ value: Result<HttpResponse, HttpFailure>) {
        result.withLock { $0 = value }
        semaphore.signal()
    }

    func wait() -> Result<HttpResponse, HttpFailure> {
        semaphore.wait()
        return result.withLock { $0! }
    }
}
