import Foundation
import Protocol

/// Who watches: one stream of events.
final class EventReader {
    /// Events that may wait for a slow reader.
    static let backlogMax = 4096

    /// Nil for all rooms.
    let room: String?
    private let stream: AsyncThrowingStream<RpcEvent, any Error>.Continuation

    init(room: String?, _ stream: AsyncThrowingStream<RpcEvent, any Error>.Continuation) {
        self.room = room
        self.stream = stream
    }

    /// False when the reader is too far behind, and gets no more.
    func put(_ event: RpcEvent) -> Bool {
        guard case .dropped = stream.yield(event) else { return true }
        end(RemoteFault.tooSlow)
        return false
    }

    func end(_ error: (any Error)?) { stream.finish(throwing: error) }
}

extension Remote {
    /// Begins with how things are. Returns the number to end it by.
    func watch(
        _ request: RpcWatchRequest, _ stream: AsyncThrowingStream<RpcEvent, any Error>.Continuation
    ) throws(RemoteFault) -> UInt64 {
        if !request.room.isEmpty { try checkRoom(request.room) }
        let reader = EventReader(room: request.room.isEmpty ? nil : request.room, stream)
        nextReader += 1
        readers[nextReader] = reader
        let rooms = registry.rooms.values.filter { reader.room == nil || reader.room == $0.name }
        for room in rooms.sorted(by: { $0.name < $1.name }) {
            var event = Self.event(.snapshot, room)
            event.snapshot = RpcRoom(room, withPeers: true)
            put(event, to: nextReader)
        }
        return nextReader
    }

    func unwatch(_ number: UInt64) { readers[number] = nil }

    private func put(_ event: RpcEvent, to number: UInt64) {
        if readers[number]?.put(event) == false { readers[number] = nil }
    }

    func publish(_ event: RpcEvent) {
        for (number, reader) in readers where reader.room == nil || reader.room == event.room {
            put(event, to: number)
        }
    }

    func publish(_ happening: Happening) {
        guard !readers.isEmpty else { return }
        publish(Self.event(happening))
    }

    static func event(_ type: RpcEvent.TypeEnum, _ room: Room) -> RpcEvent {
        var event = RpcEvent()
        event.type = type
        event.room = room.name
        event.timeMs = UInt64(Date().timeIntervalSince1970 * 1000)
        return event
    }

    private static func event(_ happening: Happening) -> RpcEvent {
        var event = event(happening.type, happening.room)
        switch happening {
        case .roomOpened, .roomClosed: break
        case .peerJoined(let peer), .peerConnected(let peer): event.peer = RpcPeer(peer, withMedia: false)
        case .peerLeft(let peer):
            event.peer = RpcPeer(peer, withMedia: false)
            event.reason = peer.departure
        case .producerOpened(let producer), .producerClosed(let producer), .producerChanged(let producer):
            event.producer = RpcProducer(producer)
        case .consumerHeld(let consumer): event.consumer = RpcConsumer(consumer)
        case .speakerChanged(let room):
            if let speaker = room.speaker { event.peer = RpcPeer(speaker, withMedia: false) }
        }
        return event
    }
}

extension Happening {
    fileprivate var type: RpcEvent.TypeEnum {
        switch self {
        case .roomOpened: .roomOpened
        case .roomClosed: .roomClosed
        case .peerJoined: .peerJoined
        case .peerConnected: .peerConnected
        case .peerLeft: .peerLeft
        case .producerOpened: .producerOpened
        case .producerClosed: .producerClosed
        case .producerChanged: .producerChanged
        case .consumerHeld: .consumerHeld
        case .speakerChanged: .speakerChanged
        }
    }
}
