import NIOCore
import NIOHTTP1
import NIOSSL
import NIOWebSocket
import Trace

/// New connections.
extension Site {
    func accept(_ channel: any Channel) throws {
        guard connectionCount < settings.connectionsMax else {
            connectionsRefused += 1
            channel.close(promise: nil)
            return
        }
        connectionCount += 1
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.connectionCount -= 1 }
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
        let closer = ErrorCloser()
        var configuration = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade(closer))
        configuration.decoderConfiguration.maxHeaderListSize = 64 * 1024
        configuration.decoderConfiguration.maxHeaderFieldSize = 16 * 1024
        configuration.decoderConfiguration.maxHeaderFieldCount = 100
        let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: configuration)
        try channel.pipeline.syncOperations.addHandler(closer)
        upgraded.whenFailure { _ in channel.close(promise: nil) }
        // Until the first request is complete nobody else looks at the time.
        let firstRequest = channel.eventLoop.scheduleTask(in: HttpHandler.requestTime) { channel.close(promise: nil) }
        upgraded.whenComplete { _ in firstRequest.cancel() }
        channel.closeFuture.whenComplete { _ in firstRequest.cancel() }
    }

    private func upgrade(_ closer: ErrorCloser) -> NIOTypedHTTPServerUpgradeConfiguration<Void> {
        let site = NIOLoopBound(self, eventLoop: loop)
        let closer = NIOLoopBound(closer, eventLoop: loop)
        let webSocket = NIOTypedWebSocketServerUpgrader<Void>(
            maxFrameSize: MessageBounds.messageBytesMax,
            shouldUpgrade: { channel, head in
                let isWanted = head.uri == "/ws" || head.uri.hasPrefix("/ws?")
                guard isWanted else { return channel.eventLoop.makeSucceededFuture(nil) }
                let trace = Trace(continuing: head.headers, request: "ws_" + randomText(20))
                closer.value.trace = trace
                return channel.eventLoop.makeSucceededFuture(HTTPHeaders(trace))
            },
            upgradePipelineHandler: { channel, _ in
                closer.value.isDone = true
                let trace = closer.value.trace ?? .begin()
                return channel.eventLoop.makeCompletedFuture { try site.value.signaling.begin(channel, trace) }
            })
        return NIOTypedHTTPServerUpgradeConfiguration(
            upgraders: [webSocket],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = HttpHandler { site.value.answer($0) }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            })
    }
}

/// Ends a connection that does not speak HTTP, after the handler before it has said 400. A WebSocket has its own way.
private final class ErrorCloser: ChannelInboundHandler {
    typealias InboundIn = Any
    var isDone = false
    /// Of the request for a WebSocket.
    var trace: Trace?

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isDone { context.fireErrorCaught(error) } else { context.close(promise: nil) }
    }
}
