import CSecure

/// HMAC-SHA1 (RFC 2104) of one range. Allocates nothing.
@_noLocks
public func hmacSha1(
    key: UnsafeRawPointer, keyBytes: Int, data: UnsafeRawPointer, dataBytes: Int
) -> InlineArray<20, UInt8> {
    hmacSha1(key: key, keyBytes: keyBytes, first: data, firstBytes: dataBytes, second: data, secondBytes: 0)
}

/// HMAC-SHA1 of two ranges, one after the other; either may be empty.
@_noLocks
public func hmacSha1(
    key: UnsafeRawPointer, keyBytes: Int, first: UnsafeRawPointer, firstBytes: Int, second: UnsafeRawPointer,
    secondBytes: Int
) -> InlineArray<20, UInt8> {
    var digest = InlineArray<20, UInt8>(repeating: 0)
    cs_hmac_sha1(key, keyBytes, first, firstBytes, second, secondBytes, nil, 0, &digest)
    return digest
}

/// MESSAGE-INTEGRITY of a STUN message (RFC 8489 §14.5): HMAC-SHA1 of its first `coveredBytes` bytes, which end before the
/// attribute, as if its length field said `length`: the length up to and with that attribute.
@_noLocks
public func stunIntegrity(
    key: UnsafeRawPointer, keyBytes: Int, message: UnsafeRawPointer, coveredBytes: Int, length: UInt16
) -> InlineArray<20, UInt8> {
    precondition(coveredBytes >= 20)
    var digest = InlineArray<20, UInt8>(repeating: 0)
    var field = length.bigEndian
    cs_hmac_sha1(key, keyBytes, message, 2, &field, 2, message + 4, coveredBytes - 4, &digest)
    return digest
}

/// Whether both ranges hold the same bytes, in time that depends on their length alone.
@_noLocks
public func isEqualInConstantTime(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, byteCount: Int) -> Bool {
    cs_equal(left, right, byteCount)
}
