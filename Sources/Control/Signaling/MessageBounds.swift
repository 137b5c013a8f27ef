/// How long what a client sends may be, in bytes.
enum MessageBounds {
    /// One WebSocket message.
    static let messageBytesMax = 256 * 1024
    static let sdpBytesMax = 128 * 1024
    /// A token longer than this is not looked at.
    static let tokenBytesMax = 4096
    static let midBytesMax = 16
    static let peerIdBytesMax = 64
    static let candidateBytesMax = 1024
    static let resumeTokenBytesMax = 64
    static let chatTextBytesMax = 8192
    static let reactionBytesMax = 32
    static let messageIdBytesMax = 192
    /// Ids of users, and what clients call their messages and devices.
    static let nameBytesMax = 64
}
