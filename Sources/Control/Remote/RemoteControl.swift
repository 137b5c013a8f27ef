import Cluster
import Contract
import NIOCore
import Protocol
import Trace

/// The operations of control.proto, from any thread: each runs on the control side's loop, in the order of the calls.
///
/// All throw `RemoteFault`, and nothing else.
public struct RemoteControl: Sendable {
    private let loop: any EventLoop
    /// Nil for a host by itself.
    private let cluster: ClusterNode?
    private let remote: @Sendable () -> Remote

    init(loop: any EventLoop, cluster: ClusterNode? = nil, _ remote: @escaping @Sendable () -> Remote) {
        self.loop = loop
        self.cluster = cluster
        self.remote = remote
    }

    /// What is asked about a room that another host has is refused with that host's address.
    private func onLoop<Value: Sendable>(
        in room: String, _ body: @escaping @Sendable (Remote) throws(RemoteFault) -> Value
    ) async throws -> Value {
        if !room.isEmpty, let host = await cluster?.otherHolder(of: room) {
            throw RemoteFault.elsewhere(.init(host: host.name, url: host.publicURL, grpcAddress: host.grpcAddress))
        }
        return try await onLoop(body)
    }

    private func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable (Remote) throws(RemoteFault) -> Value
    ) async throws -> Value {
        let (remote, trace) = (remote, Trace.current)
        let future = loop.submit { () -> Result<Value, RemoteFault> in
            Trace.$current.withValue(trace) {
                do throws(RemoteFault) { return .success(try body(remote())) } catch { return .failure(error) }
            }
        }
        let result: Result<Value, RemoteFault>
        // It fails when the loop has ended, and at no other time.
        do { result = try await future.get() } catch { throw RemoteFault.ending }
        return try result.get()
    }

    // MARK: rooms

    public func createRoom(_ request: RpcCreateRoomRequest) async throws -> RpcRoom {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.createRoom(request) }
    }

    public func closeRoom(_ request: RpcCloseRoomRequest) async throws -> RpcCloseRoomResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.closeRoom(request) }
    }

    public func listRooms(_ request: RpcListRoomsRequest) async throws -> RpcListRoomsResponse {
        try await onLoop { (remote) throws(RemoteFault) in try remote.listRooms(request) }
    }

    public func getRoom(_ request: RpcGetRoomRequest) async throws -> RpcRoom {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.getRoom(request) }
    }

    public func join(_ request: RpcJoinRequest) async throws -> RpcJoinResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.join(request) }
    }

    public func answer(_ request: RpcAnswerRequest) async throws -> RpcAnswerResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.answer(request) }
    }

    public func restartIce(_ request: RpcRestartIceRequest) async throws -> RpcRestartIceResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.restartIce(request) }
    }

    public func leave(_ request: RpcLeaveRequest) async throws -> RpcLeaveResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.leave(request) }
    }

    public func kick(_ request: RpcKickRequest) async throws -> RpcKickResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.kick(request) }
    }

    public func mute(_ request: RpcMuteRequest) async throws -> RpcMuteResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.mute(request) }
    }

    public func selectLayer(_ request: RpcSelectLayerRequest) async throws -> RpcSelectLayerResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.selectLayer(request) }
    }

    /// Ends with a `RemoteFault` when the reader is too slow; otherwise when the server does, or nobody reads any more.
    public func watch(_ request: RpcWatchRequest) async throws -> AsyncThrowingStream<RpcEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<RpcEvent, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(EventReader.backlogMax))
        let number = try await onLoop(in: request.room) { (remote) throws(RemoteFault) in
            try remote.watch(request, continuation)
        }
        let (loop, remote) = (loop, remote)
        continuation.onTermination = { _ in loop.execute { remote().unwatch(number) } }
        return stream
    }

    // MARK: transports

    public func getCapabilities(_ request: RpcGetCapabilitiesRequest) async throws -> RpcRtpCapabilities {
        try await onLoop { (remote) throws(RemoteFault) in remote.capabilities() }
    }

    public func createWebRtcTransport(_ request: RpcCreateWebRtcTransportRequest) async throws -> RpcWebRtcTransport {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.createWebRtcTransport(request) }
    }

    public func connectWebRtcTransport(_ request: RpcConnectWebRtcTransportRequest) async throws
        -> RpcConnectWebRtcTransportResponse
    {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.connectWebRtcTransport(request)
        }
    }

    public func restartTransportIce(_ request: RpcRestartTransportIceRequest) async throws -> RpcIceParameters {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.restartTransportIce(request) }
    }

    public func createPlainTransport(_ request: RpcCreatePlainTransportRequest) async throws -> RpcPlainTransport {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.createPlainTransport(request) }
    }

    public func connectPlainTransport(_ request: RpcConnectPlainTransportRequest) async throws
        -> RpcConnectPlainTransportResponse
    {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.connectPlainTransport(request) }
    }

    public func closeTransport(_ request: RpcCloseTransportRequest) async throws -> RpcCloseTransportResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.closeTransport(request) }
    }

    public func produce(_ request: RpcProduceRequest) async throws -> RpcProducer {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.produce(request) }
    }

    public func pauseProducer(_ request: RpcPauseProducerRequest) async throws -> RpcPauseProducerResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.pauseProducer(request) }
    }

    public func closeProducer(_ request: RpcCloseProducerRequest) async throws -> RpcCloseProducerResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.closeProducer(request) }
    }

    public func consume(_ request: RpcConsumeRequest) async throws -> RpcConsumer {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.consume(request) }
    }

    public func pauseConsumer(_ request: RpcPauseConsumerRequest) async throws -> RpcPauseConsumerResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.pauseConsumer(request) }
    }

    public func setPreferredLayers(_ request: RpcSetPreferredLayersRequest) async throws
        -> RpcSetPreferredLayersResponse
    {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.setPreferredLayers(request) }
    }

    public func setView(_ request: RpcSetViewRequest) async throws -> RpcSetViewResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.setView(request) }
    }

    public func closeConsumer(_ request: RpcCloseConsumerRequest) async throws -> RpcCloseConsumerResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.closeConsumer(request) }
    }

    public func requestKeyFrame(_ request: RpcRequestKeyFrameRequest) async throws -> RpcRequestKeyFrameResponse {
        try await onLoop(in: request.room) { (remote) throws(RemoteFault) in try remote.requestKeyFrame(request) }
    }

    /// One answer of the stream that `WatchStats` is.
    public func stats(_ request: RpcWatchStatsRequest) async throws -> RpcStats {
        let future = try await onLoop { (remote) throws(RemoteFault) in try remote.stats(request) }
        do { return try await future.get() } catch let error as RegistryError { throw error.fault }
    }

    /// Milliseconds between the answers of a stream.
    public func statsInterval(_ request: RpcWatchStatsRequest) throws -> Int64 { try Remote.interval(request) }
}
