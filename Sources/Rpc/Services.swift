import Control
import GRPCCore
import Protocol

/// All methods of control.proto, with health and reflection.
struct Services {
    let remote: RemoteControl
    let health: HealthState

    static let names = [
        "millrace.control.v1.Rooms", "millrace.control.v1.Transports", "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
    ]

    func router<Transport: ServerTransport>(_ type: Transport.Type) -> RPCRouter<Transport> {
        var router = RPCRouter<Transport>()
        addRooms(to: &router)
        addTransports(to: &router)
        addHealth(to: &router)
        addReflection(to: &router)
        return router
    }

    private func addRooms<Transport>(to router: inout RPCRouter<Transport>) {
        let remote = remote
        var rooms = Methods(service: Self.names[0], router: router)
        rooms.unary("CreateRoom") { try await remote.createRoom($0) }
        rooms.unary("CloseRoom") { try await remote.closeRoom($0) }
        rooms.unary("ListRooms") { try await remote.listRooms($0) }
        rooms.unary("GetRoom") { try await remote.getRoom($0) }
        rooms.unary("Join") { try await remote.join($0) }
        rooms.unary("Answer") { try await remote.answer($0) }
        rooms.unary("RestartIce") { try await remote.restartIce($0) }
        rooms.unary("Leave") { try await remote.leave($0) }
        rooms.unary("Kick") { try await remote.kick($0) }
        rooms.unary("Mute") { try await remote.mute($0) }
        rooms.unary("SelectLayer") { try await remote.selectLayer($0) }
        rooms.stream("Watch") { (request: RpcWatchRequest, writer: RPCWriter<RpcEvent>) in
            for try await event in try await remote.watch(request) { try await writer.write(event) }
        }
        router = rooms.router
    }

    private func addTransports<Transport>(to router: inout RPCRouter<Transport>) {
        let remote = remote
        var transports = Methods(service: Self.names[1], router: router)
        transports.unary("GetCapabilities") { try await remote.getCapabilities($0) }
        transports.unary("CreateWebRtcTransport") { try await remote.createWebRtcTransport($0) }
        transports.unary("ConnectWebRtcTransport") { try await remote.connectWebRtcTransport($0) }
        transports.unary("RestartTransportIce") { try await remote.restartTransportIce($0) }
        transports.unary("CreatePlainTransport") { try await remote.createPlainTransport($0) }
        transports.unary("ConnectPlainTransport") { try await remote.connectPlainTransport($0) }
        transports.unary("CloseTransport") { try await remote.closeTransport($0) }
        transports.unary("Produce") { try await remote.produce($0) }
        transports.unary("PauseProducer") { try await remote.pauseProducer($0) }
        transports.unary("CloseProducer") { try await remote.closeProducer($0) }
        transports.unary("Consume") { try await remote.consume($0) }
        transports.unary("PauseConsumer") { try await remote.pauseConsumer($0) }
        transports.unary("SetPreferredLayers") { try await remote.setPreferredLayers($0) }
        transports.unary("SetView") { try await remote.setView($0) }
        transports.unary("CloseConsumer") { try await remote.closeConsumer($0) }
        transports.unary("RequestKeyFrame") { try await remote.requestKeyFrame($0) }
        transports.stream("WatchStats") { (request: RpcWatchStatsRequest, writer: RPCWriter<RpcStats>) in
            let milliseconds = try remote.statsInterval(request)
            while true {
                try await writer.write(try await remote.stats(request))
                try await Task.sleep(for: .milliseconds(milliseconds))
            }
        }
        router = transports.router
    }

    private func addHealth<Transport>(to router: inout RPCRouter<Transport>) {
        let health = health
        var methods = Methods(service: Self.names[2], router: router)
        methods.unary("Check") { (request: HealthHealthCheckRequest) in
            guard let status = health.status(of: request.service) else {
                throw RPCError(code: .notFound, message: "there is no service of this name")
            }
            return HealthState.response(status)
        }
        methods.stream("Watch") { (request: HealthHealthCheckRequest, writer: RPCWriter<HealthHealthCheckResponse>) in
            for await status in health.watch(request.service) { try await writer.write(HealthState.response(status)) }
        }
        router = methods.router
    }

    private func addReflection<Transport>(to router: inout RPCRouter<Transport>) {
        let reflection = Reflection(services: Self.names)
        var methods = Methods(service: Self.names[3], router: router)
        methods.both("ServerReflectionInfo") { (request: ReflectionServerReflectionRequest) in
            reflection.answer(request)
        }
        router = methods.router
    }
}
