/// What is kept of the shards' last seconds, and where it is written to.
public struct FlightSettings: Sendable {
    /// Memory of each shard's record; 0 for none.
    public var megabytes = 16
    /// Where records and crash reports are written.
    public var folder = "/tmp"
    /// A shard that does not go on for so long is taken to stand still, and its record is written; 0 for never.
    public var stallMilliseconds: UInt32 = 250
    /// What the records say of the build.
    public var build = ""

    public init() {}

    /// Room for a copy of a shard's tables: some 450 peers, copied within 2 ms. A shard that uses more of them is recorded,
    /// but cannot be replayed: its packets would wait too long.
    static let imageBytes = 8 << 20
}
