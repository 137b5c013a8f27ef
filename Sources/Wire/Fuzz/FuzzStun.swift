/// Any bytes as a STUN message; a message that parses is answered, and the answer must come back as written.
public func fuzzStun(_ input: UnsafeRawBufferPointer) {
    do throws(WireError) {
        let message = try unsafe StunMessage(parsing: input.bytes)
        precondition(message.byteCount == input.count)
        precondition(message.usernameOffset + message.usernameLength <= input.count)
        precondition(message.integrityOffset + (message.hasIntegrity ? 24 : 0) <= input.count)
        let isValid = unsafe message.fingerprintIsValid(in: input.bytes)
        precondition(!isValid || message.fingerprintOffset + 8 == input.count)
        try answer(message)
        try unsafe askAgain(message, input)
    } catch {}
}

private func answer(_ message: StunMessage) throws(WireError) {
    try unsafe FuzzSupport.write(128) { (writer) throws(WireError) in
        var stun = try StunWriter(
            bindingSuccessTo: message.transactionId, mappedAddress: message.mappedAddress, into: writer)
        stun.appendIntegrity(InlineArray(repeating: 7))
        stun.appendFingerprint()
        writer = stun.writer
    } then: { answer in
        guard let again = try? unsafe StunMessage(parsing: answer.bytes) else { preconditionFailure() }
        precondition(again.messageClass == .success && again.transactionId == message.transactionId)
        precondition(again.mappedAddress == message.mappedAddress)
        precondition(unsafe again.fingerprintIsValid(in: answer.bytes))
    }
}

/// The same request as an ICE agent would write it.
private func askAgain(_ message: StunMessage, _ input: UnsafeRawBufferPointer) throws(WireError) {
    let name = unsafe UnsafeRawBufferPointer(
        rebasing: input[message.usernameOffset..<message.usernameOffset + message.usernameLength])
    try unsafe FuzzSupport.write(1024) { (writer) throws(WireError) in
        var stun = try unsafe StunWriter(
            bindingRequest: message.transactionId, username: name.bytes, priority: message.priority,
            isControlling: message.isControlling, tieBreaker: message.tieBreaker, useCandidate: message.useCandidate,
            into: writer)
        stun.appendFingerprint()
        writer = stun.writer
    } then: { request in
        guard let again = try? unsafe StunMessage(parsing: request.bytes) else { preconditionFailure() }
        precondition(again.isBindingRequest && again.usernameLength == name.count)
        precondition(again.priority == message.priority && again.tieBreaker == message.tieBreaker)
        precondition(again.isControlling == message.isControlling && again.useCandidate == message.useCandidate)
        precondition(!again.hasIntegrity && again.firstUnknownRequired == 0)
    }
}
