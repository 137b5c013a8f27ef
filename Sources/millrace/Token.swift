import ArgumentParser
import Control
import Foundation

struct Token: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print an access token (a JWT) for a room.",
        discussion: "The secret is the server's: --jwt-secret or JWT_SECRET.")

    @Option(help: "The room that the token opens.") var room: String
    @Option(help: "The name that the others see.") var name: String
    @Option(help: "host, participant, publisher, viewer or listener.") var role: String = "participant"
    @Option(help: "Who it is, for one user in several sessions; made up by default.") var user: String?
    @Option(help: "The application it belongs to.") var app: String?
    @Option(help: "How media goes: sfu, by the server, or p2p, between two.") var mode: String = "sfu"
    @Option(help: "Seconds that the token is valid.") var seconds: Int = 3600
    @Option(help: "[JWT_SECRET]") var jwtSecret: String?

    func run() throws {
        let secret = jwtSecret ?? ProcessInfo.processInfo.environment[Setting.jwtSecret.variable] ?? ""
        do {
            print(
                try Tokens.issue(
                    room: room, name: name, role: role, userId: user, appId: app, mode: mode,
                    lifetimeSeconds: seconds, secret: secret))
        } catch {
            fail("\(error)")
        }
    }
}
