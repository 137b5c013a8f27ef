/// Sums since the start, for `/metrics`.
final class SignalingCounters {
    /// Sessions that went on with another socket.
    var resumed: UInt64 = 0
    var chatMessages: UInt64 = 0
    /// Edits, deletions and reactions.
    var chatChanges: UInt64 = 0
    /// Pages of what a device had missed.
    var chatPending: UInt64 = 0
    var chatRefused: UInt64 = 0
    var limited: [Limit: UInt64] = [:]

    /// What there was too much of.
    enum Limit: String, CaseIterable {
        case joins, messages, chat
        case tenantMessages = "tenant_messages"
    }

    func count(_ limit: Limit) { limited[limit, default: 0] += 1 }
}
