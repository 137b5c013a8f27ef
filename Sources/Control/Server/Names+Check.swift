/// Refusals of names, as HTTP says them.
extension Names {
    static func checkRoom(_ name: String) throws(ApiError) {
        guard isRoom(name) else {
            throw .badRequest("a room's name is 1...\(bytesMax) letters, digits or any of -._~:@|", code: "ROOM_NAME")
        }
    }

    static func checkPeer(_ name: String) throws(ApiError) {
        guard isPeer(name) else {
            throw .badRequest("a peer's name is 1...\(bytesMax) bytes without control characters", code: "PEER_NAME")
        }
    }
}
