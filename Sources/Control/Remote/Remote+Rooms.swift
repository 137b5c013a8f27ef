import Contract
import Protocol

/// Rooms, and what can be done to anybody in them.
extension Remote {
    static let roomsPerPageMax = 1000

    func createRoom(_ request: RpcCreateRoomRequest) throws(RemoteFault) -> RpcRoom {
        try checkRoom(request.room)
        let room = try refusing { () throws(RegistryError) in try registry.keepRoom(request.room) }
        guard let room else { throw .exists("ROOM_EXISTS", "a room of this name was created already") }
        return RpcRoom(room, withPeers: false)
    }

    func closeRoom(_ request: RpcCloseRoomRequest) throws(RemoteFault) -> RpcCloseRoomResponse {
        registry.close(try room(request.room))
        return RpcCloseRoomResponse()
    }

    func listRooms(_ request: RpcListRoomsRequest) throws(RemoteFault) -> RpcListRoomsResponse {
        let limit = request.limit == 0 ? Self.roomsPerPageMax : min(Int(request.limit), Self.roomsPerPageMax)
        let names = registry.rooms.keys.filter { $0 > request.after }.sorted()
        var response = RpcListRoomsResponse()
        response.rooms = names.prefix(limit).compactMap { registry.rooms[$0] }.map { RpcRoom($0, withPeers: false) }
        if names.count > limit { response.next = names[limit - 1] }
        return response
    }

    func getRoom(_ request: RpcGetRoomRequest) throws(RemoteFault) -> RpcRoom {
        RpcRoom(try room(request.room), withPeers: true)
    }

    func leave(_ request: RpcLeaveRequest) throws(RemoteFault) -> RpcLeaveResponse {
        registry.remove(try sdpPeer(request.peerID, in: request.room).peer, because: "left")
        return RpcLeaveResponse()
    }

    func kick(_ request: RpcKickRequest) throws(RemoteFault) -> RpcKickResponse {
        let peer = try peer(request.peerID, in: request.room)
        log.info("kicked", metadata: ["room": "\(peer.room.name)", "peer": "\(peer.name)", "id": "\(peer.id)"])
        registry.remove(peer, because: "kicked")
        return RpcKickResponse()
    }

    func mute(_ request: RpcMuteRequest) throws(RemoteFault) -> RpcMuteResponse {
        let peer = try peer(request.peerID, in: request.room)
        let source = MediaSource(request.source)
        try refusing { () throws(RegistryError) in
            for producer in peer.producers where source == nil || producer.source == source {
                try registry.mute(producer, request.muted)
            }
        }
        return RpcMuteResponse()
    }

    func selectLayer(_ request: RpcSelectLayerRequest) throws(RemoteFault) -> RpcSelectLayerResponse {
        let peer = try peer(request.peerID, in: request.room)
        guard let consumer = peer.consumers.first(where: { $0.mid == request.mid && $0.kind == .video }) else {
            throw .missing("CONSUMER_NOT_FOUND", "the peer has no video slot with this mid")
        }
        try refusing { () throws(RegistryError) in
            try registry.selectLayer(consumer, spatial: Self.layer(request.maxSpatial))
            try registry.pause(consumer, request.paused)
        }
        return RpcSelectLayerResponse()
    }

    static func layer(_ number: UInt32) -> UInt8 { UInt8(min(number, UInt32(Limits.layersMax - 1))) }
}
