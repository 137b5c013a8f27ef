/// One client as the run sees it.
struct Client {
    enum Stage { case waiting, posting, connecting, connected, receiving, leaving, left, failed }

    let id: UInt32
    let room: String
    let isPublisher: Bool
    /// Joins and leaves while others go on.
    let isChurning: Bool
    /// Takes and checks every packet; else the kernel counts them.
    let isMeasured: Bool
    /// In a meeting: the client that publishes for the same person.
    let partner: UInt32?
    let identity: ClientIdentity
    var stage = Stage.waiting
    /// How often the SFU has let it in "later".
    var retries = 0
    /// The resource to DELETE.
    var location: String?
    /// Janus' handle.
    var handle: UInt64?
    var beganNanoseconds: UInt64 = 0
    /// When a churning subscriber is to go.
    var leaveNanoseconds = UInt64.max

    var isOnline: Bool { stage == .connected || stage == .receiving }
    var isSettled: Bool { isPublisher ? isOnline : stage == .receiving }
}
