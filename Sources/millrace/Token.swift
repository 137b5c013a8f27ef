import ArgumentParser
import Control
import Foundation

struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print an access token (a JWT) for a room.",
        discussion: """
            The secret is the server's: --jwt-secret, JWT_SECRET, or what stands in /etc/millrace/millrace.env, for who may \
            read that.
            """)

    @Option(help: "The room that the token opens.") var room: String
    @Option(help: "The name that the others see.") var name: String
    @Option(help: "host, participant, publisher, viewer or listener.") var role: String = "participant"
    @Option(help: "Who it is, for one user in several sessions; made up by default.") var user: String?
    @Option(help: "The application it belongs to.") var app: String?
    @Option(help: "How media goes: sfu, by the server, or p2p, between two.") var mode: String = "sfu"
    @Option(help: "Seconds that the token is valid.") var seconds: Int = 3600
    @Option(help: "Print an invitation to the page of this server, such as https://meet.example, instead of the token.")
    var link: String?
    @Option(help: "[JWT_SECRET]") var jwtSecret: String?

    func run() throws {
        do {
            let token = try Tokens.issue(
                room: room, name: name, role: role, userId: user, appId: app, mode: mode,
                lifetimeSeconds: seconds, secret: secret)
            print(link.map { invitation(to: $0, token) } ?? token)
        } catch {
            fail("\(error)")
        }
    }

    private var secret: String {
        let variable = Setting.jwtSecret.variable
        return jwtSecret ?? ProcessInfo.processInfo.environment[variable]
            ?? (try? SettingsFile.read(SettingsFile.usual))?[variable] ?? ""
    }

    private func invitation(to server: String, _ token: String) -> String {
        func escaped(_ text: String) -> String {
            text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        }
        let base = server.hasSuffix("/") ? String(server.dropLast()) : server
        return "\(base)/?room=\(escaped(room))&name=\(escaped(name))&token=\(token)"
    }
}
