import ArgumentParser
import Control

@main
struct Millrace: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "millrace",
        abstract: "A WebRTC selective forwarding unit with its packet engine on io_uring.",
        version: version,
        subcommands: [
            Serve.self, DoctorCommand.self, PlanCommand.self, LoadCommand.self, Top.self, Replay.self, Token.self,
        ])
}
