/// How much of everything one shard holds. All of it is set aside at start; past a limit there is a refusal, never
/// growth.
@frozen
public struct Limits: BitwiseCopyable, Sendable {
    public var roomsMax: Int
    public var peersMax: Int
    public var producersMax: Int
    public var consumersMax: Int
    /// Producers in one room; each peer keeps a row of this many consumer indices.
    public var producersPerRoomMax: Int
    /// Decrypted packets kept at once, in flight and in retransmission histories. 2 KiB each.
    public var slots: Int
    /// Runs under way at once between the engine and the kernel. 64 KiB of address space each.
    public var runs: Int
    /// Messages waiting in each mailbox.
    public var mailboxMax: Int
    /// Consumers whose video is protected by parity at once. 1.5 KiB each.
    public var parityMax: Int

    public init(
        roomsMax: Int = 1024, peersMax: Int = 8192, producersMax: Int = 4096, consumersMax: Int = 32768,
        producersPerRoomMax: Int = 256, slots: Int = 32768, runs: Int = 512, mailboxMax: Int = 4096,
        parityMax: Int = 4096
    ) {
        self.roomsMax = roomsMax
        self.peersMax = peersMax
        self.producersMax = producersMax
        self.consumersMax = consumersMax
        self.producersPerRoomMax = producersPerRoomMax
        self.slots = slots
        self.runs = runs
        self.mailboxMax = mailboxMax
        self.parityMax = parityMax
    }

    /// Bytes of one packet slot; the largest datagram that is kept whole.
    public static let slotBytes = 2048
    /// Address space of one run: 64 segments of up to 1 KiB, or fewer that are longer.
    public static let runBytes = 65536
    /// Segments of one UDP_SEGMENT send that every supported kernel takes.
    public static let segmentsMax = 64
    /// Simulcast layers of one producer.
    public static let layersMax = 3
}
