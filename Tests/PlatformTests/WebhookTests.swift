import Foundation
import Platform
import Store
import StoreTesting
import Synchronization
import Testing
import Trace

/// Answers as it is told, and remembers.
private final class Receiver: WebhookPoster {
    struct Post { var url: String, headers: [String: String], body: String }
    struct Unreachable: Error {}
    let posts = Mutex<[Post]>([])
    let answer: @Sendable (Int) -> Int?

    init(_ answer: @escaping @Sendable (Int) -> Int?) { self.answer = answer }

    func post(url: String, headers: [(String, String)], body: String) async throws -> Int {
        let count = posts.withLock { posts in
            posts.append(Post(url: url, headers: Dictionary(uniqueKeysWithValues: headers), body: body))
            return posts.count
        }
        guard let status = answer(count) else { throw Unreachable() }
        return status
    }
}

@Suite struct WebhookTests {
    @Test(arguments: Backend.allCases)
    func whatIsNotTakenIsSentAgainLaterAndLaterAndGivenUpInTheEnd(backend: Backend) async throws {
        var settings = PlatformSettings()
        settings.deliveryTriesMax = 4
        try await World.run(backend, settings) { world in
            let platform = world.platform
            _ = try await platform.createEndpoint(
                url: "https://x.example/h", events: ["room.created"], of: world.a, world.asA)
            _ = try await platform.createRoom(RoomRequest(id: "r"), of: world.a, world.asA)
            let receiver = Receiver { $0 % 2 == 0 ? 503 : nil }
            #expect(try await platform.deliverWebhooks(by: receiver) == 1)
            #expect(try await platform.deliverWebhooks(by: receiver) == 0)
            for wait in [1.25, 2.5, 5] {
                world.clock.advance(seconds: wait * 0.79)
                #expect(try await platform.deliverWebhooks(by: receiver) == 0)
                world.clock.advance(seconds: wait * 0.22)
                #expect(try await platform.deliverWebhooks(by: receiver) == 1)
            }
            world.clock.advance(seconds: 24 * 3600)
            #expect(try await platform.deliverWebhooks(by: receiver) == 0)
            let deliveries = try await platform.deliveries(of: world.a, world.asA)
            #expect(deliveries.map(\.tries) == [4] && deliveries[0].lastError == "status 503")
            #expect(deliveries[0].nextAt == nil && deliveries[0].deliveredAt == nil)
        }
    }

    @Test func aDeliveryIsSentWithTheTraceOfTheRequestThatItTellsOf() async throws {
        try await World.run { world in
            _ = try await world.platform.createEndpoint(url: "https://x.example/h", events: [], of: world.a, world.asA)
            let trace = Trace(
                continuing: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state: ["a=1"])
            _ = try await Trace.$current.withValue(trace) {
                try await world.platform.createRoom(RoomRequest(id: "r"), of: world.a, world.asA)
            }
            _ = try await world.platform.createRoom(RoomRequest(id: "s"), of: world.a, world.asA)
            let receiver = Receiver { _ in 200 }
            #expect(try await world.platform.deliverWebhooks(by: receiver) == 2)
            let posts = receiver.posts.withLock { $0 }
            let first = try #require(posts.first { $0.body.contains(#""roomId":"r""#) })
            #expect(first.headers["traceparent"] == trace.header && first.headers["tracestate"] == "a=1")
            #expect(posts.count { $0.headers["traceparent"] == nil } == 1)
        }
    }

    @Test func aHostThatDiesWhileItSendsIsReplacedAfterItsLease() async throws {
        try await World.run { world in
            _ = try await world.platform.createEndpoint(url: "https://x.example/h", events: [], of: world.a, world.asA)
            _ = try await world.platform.createRoom(RoomRequest(id: "r"), of: world.a, world.asA)
            // Claimed, and never heard of again.
            let stamp = Stamp(by: "system", at: world.clock.now)
            _ = try await world.platform.store.write { tx throws(StoreError) in
                try tx.claimDeliveries(limit: 9, lease: 60_000, stamp)
            }
            let receiver = Receiver { _ in 204 }
            #expect(try await world.platform.deliverWebhooks(by: receiver) == 0)
            world.clock.advance(seconds: 60)
            #expect(try await world.platform.deliverWebhooks(by: receiver) == 1)
            #expect(try await world.platform.deliveries(of: world.a, world.asA)[0].deliveredAt == world.clock.now)
        }
    }

    @Test func theSignatureProvesTheBodyTheTimeAndTheSender() async throws {
        try await World.run { world in
            let (_, secret) = try await world.platform.createEndpoint(
                url: "https://x.example/h", events: ["participant.joined"], of: world.a, world.asA)
            _ = try await world.platform.enter(try await world.member("ada"), host: "h")
            let receiver = Receiver { _ in 200 }
            _ = try await world.platform.deliverWebhooks(by: receiver)
            let post = try #require(receiver.posts.withLock { $0.first })
            let header = try #require(post.headers[WebhookSigner.header])
            let now = world.clock.now / 1000
            func isGenuine(_ header: String, _ body: String, _ secret: String, at now: Int64) -> Bool {
                WebhookSigner.isGenuine(header, body: body, secret: secret, nowSeconds: now)
            }
            #expect(isGenuine(header, post.body, secret, at: now))
            #expect(!isGenuine(header, post.body + " ", secret, at: now))
            #expect(!isGenuine(header, post.body, secret + "x", at: now))
            #expect(!isGenuine(header, post.body, secret, at: now + 301))
            #expect(!isGenuine(header, post.body, secret, at: now - 301))
            for wrong in ["", "t=1", "v1=00", "t=x,v1=\(String(repeating: "0", count: 64))", "t=\(now),v1=zz"] {
                #expect(!isGenuine(wrong, post.body, secret, at: now))
            }
            let body = try JSONSerialization.jsonObject(with: Data(post.body.utf8)) as? [String: Any]
            #expect(body?["event"] as? String == "participant.joined" && body?["appId"] as? String == world.a)
            #expect((body?["data"] as? [String: String])?["userId"] == "ada")
        }
    }

    @Test func thoseWhoAreNotThereAreNamed() async throws {
        try await World.run { world in
            _ = try await world.platform.createEndpoint(
                url: "https://x.example/h", events: ["message.absent"], of: world.a, world.asA)
            let ada = try await world.platform.enter(try await world.member("ada"), host: "h")
            let bob = try await world.platform.enter(try await world.member("bob"), host: "h")
            let writer = try await world.member("ada")
            _ = try await world.platform.send("1", to: .room, clientKey: "1", from: writer)
            try await world.platform.leave(bob, reason: "left")
            try await world.platform.leave(ada, reason: "left")
            _ = try await world.platform.send("2", to: .room, clientKey: "2", from: writer)
            let receiver = Receiver { _ in 200 }
            _ = try await world.platform.deliverWebhooks(by: receiver)
            let bodies = receiver.posts.withLock { $0.map(\.body) }
            #expect(bodies.count == 1 && bodies[0].contains(#""to":"bob""#) && bodies[0].contains(#""sequence":"2""#))
        }
    }

    @Test func wrongAddressesAndEventsAreRefused() async throws {
        try await World.run { world in
            let wrong = [
                "", "x", "http://x.example", "ftp://x.example", "https://", "https://127.0.0.1/", "https://[::1]/",
                "https://localhost/", "https://10.0.0.1/", "https://a.local/", "https://u:p@x.example/",
                "https://x.example/#f", "https://2130706433/", "https://0x7f.1/", "https://x.internal/",
                "https://x.example/\n", "https://x.example/" + String(repeating: "x", count: 3000),
            ]
            for url in wrong {
                #expect(
                    await refusal {
                        _ = try await world.platform.createEndpoint(url: url, events: [], of: world.a, world.asA)
                    }?.code == .validation, "\(url)")
            }
            #expect(
                await refusal {
                    _ = try await world.platform.createEndpoint(
                        url: "https://x.example", events: ["no.such"], of: world.a, world.asA)
                }?.code == .validation)
        }
    }
}
