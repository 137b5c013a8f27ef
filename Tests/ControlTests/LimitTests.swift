import NIOCore
import Protocol
import Testing

@testable import Control

/// How much is taken of whom.
@Suite(.serialized) struct LimitTests {
    @Test func anAddressMayJoinSoOften() throws {
        let test = try TestServer { $0.signaling.addressJoinsPerSecond = 0.1 }
        let first = try Socket(port: test.port)
        _ = try #require(try first.join(test.token("garden", "anna")))
        let second = try Socket(port: test.port)
        var join = Join()
        join.token = try test.token("garden", "bert")
        try second.send(4, .join(join))
        let refusal = try #require(try second.refusal())
        #expect(refusal.code == .rateLimited && refusal.requestID == 4)
    }

    @Test func aTenantMaySaySoMuch() throws {
        let test = try TestServer { $0.signaling.tenantMessagesPerSecond = 5 }
        let anna = try Socket(port: test.port)
        _ = try #require(try anna.join(test.token("garden", "anna", app: "app_a")))
        let bert = try Socket(port: test.port)
        _ = try #require(try bert.join(test.token("garden", "bert", app: "app_b")))
        for _ in 0..<50 { try anna.send(3, .ping(Ping())) }
        #expect(try anna.refusal()?.code == .rateLimited)
        try bert.send(3, .ping(Ping()))
        #expect(try bert.first { if case .pong? = $0.body { true } else { nil } } == true)
    }

    @Test func addressesOfOneNetworkAreOne() throws {
        func key(_ address: String) throws -> AddressKey { AddressKey(try SocketAddress(ipAddress: address, port: 1)) }
        #expect(try key("2001:db8:1:2::3") == key("2001:db8:1:2:ffff::4"))
        #expect(try key("2001:db8:1:2::3") != key("2001:db8:1:3::3"))
        #expect(try key("::ffff:192.0.2.1") == key("192.0.2.1"))
        #expect(try key("192.0.2.1") != key("192.0.2.2"))
        // As gRPC says it, with ports.
        #expect(try AddressKey(peer: "ipv4:192.0.2.1:5000") == key("192.0.2.1"))
        #expect(try AddressKey(peer: "ipv6:[2001:db8:1:2::3]:5000") == key("2001:db8:1:2::3"))
        #expect(AddressKey(peer: "in-process:1") != AddressKey(peer: "ipv4:192.0.2.1:5000"))
    }

    @Test func aBucketFillsUpAgain() {
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        var limits = RateLimits<String>(burst: 2, perSecond: 1)
        let takes = ["a", "a", "a", "b"].map { limits.take($0, now: start) }
        #expect(takes == [true, true, false, true])
        let later = ["a", "a"].map { limits.take($0, now: start + .seconds(1)) }
        #expect(later == [true, false])
        var none = RateLimits<String>(burst: 0, perSecond: 0)
        let isFree = none.take("a", now: start)
        #expect(isFree)
    }

    @Test func whatIsNotWantedIsNotSent() throws {
        let test = try TestServer()
        let anna = try test.member("garden", "anna")
        let bert = try test.member("garden", "bert")
        try anna.publish(.camera)
        let track = try #require(try bert.tracks(count: 1)).tracks[0]
        try bert.answer(#require(try bert.offer()))
        var subscribe = Subscribe()
        subscribe.peerID = track.peerID
        subscribe.source = .camera
        try bert.send(0, .subscribe(subscribe))
        let held = try #require(try bert.first { if case .held(let held)? = $0.body { held } else { nil } })
        #expect(held.mid == track.mid && held.reason == .notShown)
        let isPaused = test.shards.first { if case .pauseConsumer(_, let isPaused) = $0 { isPaused } else { nil } }
        #expect(isPaused == true)
        subscribe.on = true
        try bert.send(0, .subscribe(subscribe))
        #expect(try bert.first { if case .held(let held)? = $0.body { held.reason } else { nil } } == HeldReason.none)
    }
}
