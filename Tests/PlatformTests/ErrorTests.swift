import Platform
import Store
import StoreTesting
import Synchronization
import Testing

@Suite struct ErrorTests {
    @Test func theCodesHaveTheStatusesOfTheContract() {
        let all = Dictionary(uniqueKeysWithValues: PlatformError.Code.allCases.map { ($0.rawValue, $0.status) })
        #expect(
            all == [
                "VALIDATION_ERROR": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "CONFLICT": 409,
                "RATE_LIMIT_EXCEEDED": 429, "INTERNAL_ERROR": 500,
            ])
    }

    @Test func aDatabaseThatIsGoneIsAnInternalErrorThatTellsTheLogOnly() async throws {
        let place = try Backend.sqlite.place()
        defer { place.remove() }
        let store = try place.open()
        let log = Mutex<[String]>([])
        let platform = Platform(
            store: store, masterKey: [UInt8](repeating: 1, count: 32),
            report: { text in log.withLock { $0.append(text) } })
        store.close()
        let error = await refusal { _ = try await platform.createApp(name: "x", admin) }
        #expect(error?.code == .internalError && error?.reason == .unavailable)
        #expect(error?.message.contains("closed") == false)
        #expect(log.withLock { $0.count } == 1)
    }

    @Test func whatComesWhileCountsAreWrittenIsNotLost() async throws {
        try await World.run { world in
            for _ in 0..<5 { _ = try await world.token("u") }
            try await world.platform.flushUsage()
            _ = try await world.token("u")
            world.platform.store.close()
            #expect(await refusal { try await world.platform.flushUsage() } != nil)
        }
    }
}
