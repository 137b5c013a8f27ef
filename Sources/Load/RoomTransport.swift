/// What a client of the meeting protocol (Sources/Protocol) is told, as far as this generator listens.
public enum RoomWord: Sendable {
    case joined
    case offer(version: UInt32, sdp: String)
    /// The server would not do something, as a sentence.
    case refused(String)
    /// The last word of a socket, with the reason.
    case closed(String)
}

/// What a client of the meeting protocol says.
public enum RoomAsk: Sendable {
    case join(token: String)
    case answer(version: UInt32, sdp: String)
    case publish(MediaSource)
    case ping
    case leave

    public enum MediaSource: Sendable { case microphone, camera }
}

/// One client's socket.
public protocol RoomSocket: AnyObject, Sendable {
    func send(_ ask: RoomAsk)
    func close()
}

/// Sockets to the server's rooms. The protocol's messages are built where its package is at hand, not here.
public protocol RoomTransport: Sendable {
    /// `hear` is called for every word, on any thread, lastly with `closed`.
    func open(_ hear: @escaping @Sendable (RoomWord) -> Void) -> any RoomSocket
}
