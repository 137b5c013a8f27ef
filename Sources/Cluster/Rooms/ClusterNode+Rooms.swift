import Protocol

extension ClusterNode {
    /// Where a room is, as its lease says.
    public struct RoomPlace: Sendable {
        public var room: String
        /// The id of this run of the host.
        public var hostID: String
        public var people: Int
    }

    private static let roomsAtOnce = 200

    /// The rooms of all hosts, in no order, `limit` of them at most; nil when Redis is away. While they are read rooms come
    /// and go: such ones may be missing.
    public func places(limit: Int = 10_000) async -> [RoomPlace]? {
        do throws(RedisError) {
            let rooms = Array(try await leased(limit: limit))
            var places: [RoomPlace] = []
            for start in stride(from: 0, to: rooms.count, by: Self.roomsAtOnce) {
                places += try await self.places(Array(rooms[start..<min(start + Self.roomsAtOnce, rooms.count)]))
            }
            return places
        } catch {
            return nil
        }
    }

    private func leased(limit: Int) async throws(RedisError) -> Set<String> {
        var rooms: Set<String> = []
        var cursor: RedisWord = "0"
        repeat {
            let answer = try await redis.call([
                "SCAN", cursor, "MATCH", RedisWord(keys.leasePrefix + "*"), "COUNT", "1000",
            ]).array
            guard answer.count == 2, let next = answer[0].bytes else { break }
            cursor = RedisWord(next)
            rooms.formUnion(answer[1].array.compactMap(\.text).map { String($0.dropFirst(keys.leasePrefix.count)) })
        } while cursor.bytes != RedisWord("0").bytes && rooms.count < limit
        return rooms
    }

    private func places(_ rooms: [String]) async throws(RedisError) -> [RoomPlace] {
        let answer = try await redis.run(
            Scripts.places, keys: rooms.flatMap { [keys.lease($0), keys.presence($0)] }, []
        ).array
        return rooms.enumerated().compactMap { index, room in
            guard answer.count > 2 * index + 1, let bytes = answer[2 * index].bytes,
                let lease = try? ClusterLease(serializedBytes: bytes)
            else { return nil }
            return RoomPlace(room: room, hostID: lease.hostID, people: Int(answer[2 * index + 1].integer ?? 0))
        }
    }
}
