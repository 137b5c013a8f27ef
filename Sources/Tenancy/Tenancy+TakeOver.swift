import Platform
import Store

/// Guests and their stays as words, for a process that takes over: its people are those of the one before.
extension Guest {
    public var words: [String] {
        [
            member.app, member.room, member.userId, member.name, member.role.rawValue, member.jti,
            String(member.expiresSeconds), member.mode.rawValue,
        ]
    }

    /// Nil when these are no guest's.
    public init?(words: [String]) {
        guard words.count == 8, let role = Role(rawValue: words[4]), let expires = Int64(words[6]),
            let mode = Room.Mode(rawValue: words[7])
        else { return nil }
        trace = nil
        member = Member(
            app: words[0], room: words[1], userId: words[2], name: words[3], role: role, jti: words[5],
            expiresSeconds: expires, mode: mode)
    }
}

extension Stay {
    public var words: [String] {
        [
            session.id, session.app, session.room, session.userId, session.name, session.role, session.jti,
            session.host,
            session.provenance.created.by, String(session.fromAt), String(roomBitrateMax),
        ]
    }

    /// Nil when these are no stay's.
    public init?(words: [String]) {
        guard words.count == 11, let start = Milliseconds(words[9]), let most = Int64(words[10]) else { return nil }
        (trace, roomBitrateMax) = (nil, most)
        session = Session(
            id: words[0], app: words[1], room: words[2], userId: words[3], name: words[4], role: words[5],
            jti: words[6],
            host: words[7], stamp: Stamp(by: words[8], at: start))
    }
}
