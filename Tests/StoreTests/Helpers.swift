import Store

func stamp(_ at: Milliseconds = 1_000, by: String = "test") -> Stamp { Stamp(by: by, at: at) }

func app(_ id: String) -> App { App(id: id, name: id + "'s name", algorithm: .hs256, stamp: stamp()) }

func room(_ id: String, of app: String, participantsMax: Int64 = 10) -> Room {
    Room(app: app, id: id, name: id, mode: .sfu, participantsMax: participantsMax, bitrateMax: 0, stamp: stamp())
}

func session(_ id: String, in room: String, of app: String, at: Milliseconds = 1_000, host: String = "h1") -> Session {
    Session(
        id: id, app: app, room: room, userId: "u-" + id, name: "N", role: "participant", jti: "jti-" + id, host: host,
        stamp: stamp(at))
}

func message(_ key: String, from sender: String = "ada", in conversation: String = "room/r") -> Message {
    Message(
        conversation: conversation, id: "id-\(sender)-\(key)", sender: sender, senderName: sender, clientKey: key,
        body: "text " + key, stamp: stamp(by: "user:" + sender))
}

extension Store {
    /// Tenants `a` and `b`, with nothing in them.
    func withTenants() async throws -> Self {
        try await write { tx throws(StoreError) in
            try tx.insert(app("a"))
            try tx.insert(app("b"))
        }
        return self
    }
}

/// What a throwing call is refused with, as text; nil when it is not.
func refusal(_ body: () async throws -> Void) async -> String? {
    do {
        try await body()
        return nil
    } catch {
        return "\(error)"
    }
}
