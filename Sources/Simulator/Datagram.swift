import Memory

/// A datagram on its way to the host, with what its sender knows of it.
struct Datagram {
    var bytes: [UInt8]
    var source: Endpoint
    /// Whose it is; nil for a stranger's.
    var peer: Int?
    /// Damaged on the way: the engine must refuse it.
    var isDamaged = false
    /// The media packet in it.
    var media: MediaReference?
    /// Its transport-wide number and the peer that counts it.
    var transport: (peer: Int, number: UInt64)?
    /// An authenticated connectivity check: the one kind that must be answered.
    var isCheck = false
    var isHello = false
    /// Proves `source` to be this peer's.
    var prover: Int?
}

/// One packet of a publisher's layer.
struct MediaReference {
    var source: SourceLog
    var sequence: UInt64
    var isRtx: Bool
}
