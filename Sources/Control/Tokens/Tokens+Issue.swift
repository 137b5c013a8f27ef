import Foundation
import NIOPosix

extension Tokens {
    /// For the command line: one token, with everything checked. Blocks.
    ///
    /// - Throws: an error whose description names everything that is wrong.
    public static func issue(
        room: String, name: String, role: String, userId: String?, appId: String?, mode: String = "sfu",
        lifetimeSeconds: Int,
        secret: String
    ) throws -> String {
        var problems: [String] = []
        if !Names.isRoom(room) { problems.append("--room: 1...64 letters, digits or any of -._~:@|") }
        if !Names.isPeer(name) { problems.append("--name: 1...64 bytes without control characters") }
        if Role(rawValue: role) == nil {
            problems.append("--role: one of " + Role.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if RoomMode(rawValue: mode) == nil {
            problems.append("--mode: one of " + RoomMode.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if lifetimeSeconds < 1 { problems.append("--seconds: a number from 1") }
        if secret.utf8.count < secretBytesMin { problems.append("--jwt-secret (JWT_SECRET): 32 or more characters") }
        guard problems.isEmpty, let known = Role(rawValue: role) else { throw TokenRequestError(problems: problems) }
        let claims = Claims(
            room: room, name: name, userId: userId, role: known, appId: appId, mode: RoomMode(rawValue: mode),
            issuedSeconds: Date().timeIntervalSince1970, lifetimeSeconds: Double(lifetimeSeconds))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        defer { try? group.syncShutdownGracefully() }
        return try group.any().run { try await Tokens(secret: secret).sign(claims) }.wait()
    }
}

public struct TokenRequestError: Error, CustomStringConvertible {
    public var problems: [String]
    public var description: String {
        (["No token can be made; expected:"] + problems.map { "  " + $0 }).joined(separator: "\n")
    }
}
