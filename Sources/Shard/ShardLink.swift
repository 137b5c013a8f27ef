import Contract
import Memory

/// The control side's end of one shard: two mailboxes and their bells. A handle; copies refer to the same rings.
///
/// Exactly one thread of the control side pushes commands and pops events.
public struct ShardLink: Sendable {
    public let index: ShardIndex
    public let limits: Limits
    public let commands: Mailbox<Command>
    /// Rung by the control side after pushing commands.
    public let commandBell: Doorbell
    public let events: Mailbox<Event>
    /// Rung by the shard after pushing events. One bell serves all shards of a process.
    public let eventBell: Doorbell

    /// Nil when the process has no descriptor left.
    public init?(index: ShardIndex, limits: Limits, eventBell: Doorbell) {
        guard let bell = Doorbell() else { return nil }
        self.index = index
        self.limits = limits
        commands = Mailbox(capacity: limits.mailboxMax)
        commandBell = bell
        events = Mailbox(capacity: limits.mailboxMax)
        self.eventBell = eventBell
    }
}
