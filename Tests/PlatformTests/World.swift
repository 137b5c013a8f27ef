import Platform
import Store
import StoreTesting
import Synchronization
import Testing

/// A clock that runs as a test wants.
final class TestClock: Sendable {
    private let time = Mutex<Milliseconds>(1_800_000_000_000)
    var now: Milliseconds { time.withLock { $0 } }
    func advance(seconds: Double) { time.withLock { $0 += Milliseconds(seconds * 1000) } }
}

let admin = Origin(caller: .admin, requestId: "req-1")

/// A platform with two tenants, each with a room of the same name.
struct World {
    let platform: Platform
    let clock: TestClock
    let a: String
    let b: String
    let secretA: String
    let secretB: String
    var asA: Origin { Origin(caller: .app(a), requestId: "req-a") }
    var asB: Origin { Origin(caller: .app(b), requestId: "req-b") }

    static func run(
        _ backend: Backend = .sqlite, _ settings: PlatformSettings = PlatformSettings(),
        _ body: (World) async throws -> Void
    ) async throws {
        try await withStore(backend) { store in
            let clock = TestClock()
            let platform = Platform(
                store: store, masterKey: [UInt8](repeating: 7, count: 32), settings: settings, now: { clock.now })
            let (a, secretA) = try await platform.createApp(name: "A", admin)
            let (b, secretB) = try await platform.createApp(name: "B", algorithm: .edDsa, admin)
            let world = World(
                platform: platform, clock: clock, a: a.id, b: b.id, secretA: secretA, secretB: secretB)
            _ = try await platform.createRoom(RoomRequest(id: "daily"), of: a.id, world.asA)
            _ = try await platform.createRoom(RoomRequest(id: "daily"), of: b.id, world.asB)
            try await body(world)
        }
    }

    func token(_ user: String, _ role: Role = .participant, room: String = "daily") async throws -> String {
        try await platform.issueToken(
            TokenRequest(room: room, userId: user, name: user + "'s name", role: role), of: a, asA
        ).token
    }

    func member(_ user: String, _ role: Role = .participant, room: String = "daily") async throws -> Member {
        try await platform.verify(token: try await token(user, role, room: room))
    }
}

/// What a call is refused with; nil when it is not. There are no errors but the platform's.
func refusal(_ body: () async throws -> Void) async -> PlatformError? {
    do {
        try await body()
        return nil
    } catch {
        guard let error = error as? PlatformError else {
            Issue.record("not an error of the platform: \(error)")
            return nil
        }
        return error
    }
}

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: Int) { state = UInt64(seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
