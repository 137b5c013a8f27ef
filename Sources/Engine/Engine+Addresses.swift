import Contract
import Memory

/// An address change that some of the other shards have not been told of, because their rings were full.
struct LateAnnouncement: BitwiseCopyable {
    var change: AddressChange
    /// Bit per shard.
    var shards: UInt64
}

/// Where addresses live: word to the kernel's steering (by way of the loop) and, when that is not there, to other shards.
extension Engine {
    mutating func announce(_ endpoint: Endpoint, isAdded: Bool) {
        let change = AddressChange(endpoint: endpoint, isAdded: isAdded)
        if addressChangeCount < Self.addressChangesMax {
            addressChanges[(addressChangeFirst + addressChangeCount) % Self.addressChangesMax] = change
            addressChangeCount += 1
        }
        // A connection's name means nothing to other shards.
        guard announcesAddresses, !endpoint.isTcp else { return }
        // Behind what waits already: an address that came and went must not come after it went.
        var late = lateShards
        for other in 0..<shardCount where other != Int(shard) && late >> UInt64(other) & 1 == 0 {
            if !tell(other, change) { late |= 1 << UInt64(other) }
        }
        guard late != 0, lateAnnouncementCount < Self.addressChangesMax else { return }
        let place = (lateAnnouncementFirst + lateAnnouncementCount) % Self.addressChangesMax
        lateAnnouncements[place] = LateAnnouncement(change: change, shards: late)
        lateAnnouncementCount += 1
    }

    /// False when the other shard's ring is full.
    private mutating func tell(_ other: Int, _ change: AddressChange) -> Bool {
        guard let place = mailboxes.handoverTo[other].reserve() else { return false }
        place.pointee.kind = change.isAdded ? .addressAdded : .addressRemoved
        place.pointee.source = change.endpoint
        place.pointee.bytes.count = 0
        mailboxes.handoverTo[other].commit()
        signals.shards |= 1 << UInt64(other)
        return true
    }

    /// Shards that have something to be told late.
    private var lateShards: UInt64 {
        var shards: UInt64 = 0
        for number in 0..<lateAnnouncementCount {
            shards |= lateAnnouncements[(lateAnnouncementFirst + number) % Self.addressChangesMax].shards
        }
        return shards
    }

    mutating func announceLate() {
        var full: UInt64 = 0
        for number in 0..<lateAnnouncementCount {
            let late = lateAnnouncements + (lateAnnouncementFirst + number) % Self.addressChangesMax
            var left = late.pointee.shards & ~full
            while left != 0 {
                let other = left.trailingZeroBitCount
                left &= left - 1
                if tell(other, late.pointee.change) {
                    late.pointee.shards &= ~(1 << UInt64(other))
                } else {
                    full |= 1 << UInt64(other)
                }
            }
        }
        while lateAnnouncementCount > 0, lateAnnouncements[lateAnnouncementFirst].shards == 0 {
            lateAnnouncementFirst = (lateAnnouncementFirst + 1) % Self.addressChangesMax
            lateAnnouncementCount -= 1
        }
    }

    /// The oldest address change that the loop has not passed to the kernel yet; nil when there is none.
    public mutating func takeAddressChange() -> AddressChange? {
        guard addressChangeCount > 0 else { return nil }
        let change = addressChanges[addressChangeFirst]
        addressChangeFirst = (addressChangeFirst + 1) % Self.addressChangesMax
        addressChangeCount -= 1
        return change
    }
}
