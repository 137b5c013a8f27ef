import Protocol
import SwiftProtobuf

/// A fuzz body: bytes that a stranger sent as a WebSocket message, and as the target of an HTTP request.
///
/// A message that is taken must come out of its own bytes unchanged and within its bounds; nothing may crash.
public func fuzzSignaling(_ bytes: UnsafeRawBufferPointer) {
    // SAFETY: copied at once; the buffer belongs to the caller for the length of this call.
    let copy = Array(bytes)
    if let request = try? ClientRequest(reading: copy) { check(request, copy) }
    let text = String(decoding: copy, as: UTF8.self)
    if let target = RequestTarget(text) {
        precondition(target.path.allSatisfy { $0.utf8.count <= RequestTarget.bytesMax })
    }
    precondition(!Names.isRoom(text) || text.utf8.count <= Names.bytesMax)
}

private func check(_ request: ClientRequest, _ bytes: [UInt8]) {
    switch request.body {
    case .join(let join):
        precondition(join.token.utf8.count <= MessageBounds.tokenBytesMax)
        precondition(join.resume.utf8.count <= MessageBounds.peerIdBytesMax)
        precondition(join.deviceId.isEmpty || Names.isId(join.deviceId))
    case .chat(.send(let text, let to, let clientId)):
        precondition((1...MessageBounds.chatTextBytesMax).contains(text.utf8.count))
        precondition(max(to?.utf8.count ?? 0, clientId.utf8.count) <= MessageBounds.nameBytesMax)
    case .answer(_, let sdp): precondition(sdp.utf8.count <= MessageBounds.sdpBytesMax)
    case .selectLayer(let mid, let spatial, _):
        precondition(mid.utf8.count <= MessageBounds.midBytesMax && spatial <= 2)
    default: break
    }
    guard let message = try? ClientMessage(serializedBytes: bytes), let again: [UInt8] = try? message.serializedBytes()
    else {
        preconditionFailure("a message that was taken cannot be written")
    }
    precondition((try? ClientRequest(reading: again)) == request, "a message changed")
}
