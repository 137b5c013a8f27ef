import NIOCore
import NIOPosix
import Testing

@testable import Tenancy

struct PosterCancellationTests {
    /// Somebody who takes connections and says nothing.
    @Test func whoIsCancelledDoesNotWaitForAnAnswer() async throws {
        let (came, visits) = AsyncStream.makeStream(of: Void.self)
        let silent = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                visits.yield()
                return channel.eventLoop.makeSucceededVoidFuture()
            }.bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(silent.localAddress?.port)
        let poster = HttpPoster(allowsPrivate: true)
        let post = Task { try await poster.post(url: "http://127.0.0.1:\(port)/x", headers: [], body: "{}") }
        for await _ in came { break }
        post.cancel()
        let result = await post.result
        #expect(throws: CancellationError.self) { try result.get() }
        poster.stop()
        try await silent.close()
    }
}
