/// The datagrams of the last flight that was sent, kept until an answer shows that they arrived.
struct Flight {
    private var datagrams: [[UInt8]] = []
    /// The first that is to be sent again; past the end when nothing is.
    private var cursor = 0

    /// More than any honest flight holds; what is beyond is not sent again.
    static let datagramsMax = 32

    var next: [UInt8]? { cursor < datagrams.count ? datagrams[cursor] : nil }

    mutating func append(_ datagram: [UInt8]) {
        guard datagrams.count < Self.datagramsMax else { return }
        datagrams.append(datagram)
        cursor = datagrams.count
    }

    mutating func advance() { cursor += 1 }
    mutating func rewind() { cursor = 0 }

    mutating func removeAll() {
        datagrams = []
        cursor = 0
    }
}

/// Gives the unencrypted records (epoch 0) of an association their sequence numbers.
///
/// RFC 6347 §4.2.4: a record that is sent again gets a new number. A receiver may have dropped the first copy after its
/// replay check had noted it: OpenSSL does so with a ChangeCipherSpec that comes too early, NSS with any message
/// that comes too early. All records of the epoch are numbered here, since OpenSSL does not know of the repeated ones.
struct PlaintextRecords {
    private var nextNumber: UInt64 = 0
    private static let headerBytes = 13

    mutating func renumbered(_ datagram: [UInt8]) -> [UInt8] {
        var datagram = datagram
        var start = 0
        while start + Self.headerBytes <= datagram.count {
            if datagram[start + 3] == 0, datagram[start + 4] == 0 {
                write(nextNumber, at: start + 5, of: &datagram)
                nextNumber += 1
            }
            start += Self.headerBytes + Int(datagram[start + 11]) << 8 + Int(datagram[start + 12])
        }
        return datagram
    }

    /// 48 bits, high byte first.
    private func write(_ number: UInt64, at offset: Int, of datagram: inout [UInt8]) {
        for byte in 0..<6 { datagram[offset + byte] = UInt8(truncatingIfNeeded: number >> (40 - 8 * byte)) }
    }
}
