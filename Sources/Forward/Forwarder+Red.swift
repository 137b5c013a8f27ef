import Contract
import Memory
import Peer

/// What leaves of a packet's payload for one subscriber.
struct PayloadForm: BitwiseCopyable {
    var payloadType: UInt8
    /// From the packet's first byte.
    var offset: Int
    var bytes: Int
    /// Packets before this one that are repeated in front of it.
    var repeats = 0
    /// It does not lie in the slot as it leaves.
    var isComposed = false
}

/// Redundant sound (RFC 2198): passed as it is to who takes it, unpacked for who does not, and made from a producer's
/// history of plain Opus for subscribers that lose packets.
extension Forwarder {
    /// Fractions of 256 that a receiver report tells (RFC 3550 §6.4.1): from 1 % on one packet is repeated, from 10 % on two.
    private static var lossForOne: UInt8 { 3 }
    private static var lossForTwo: UInt8 { 26 }
    /// Reports without loss until repeating ends.
    private static var calmReportsMax: UInt8 { 8 }
    /// A redundant payload stays below this, and a block below what its ten bits of length can say.
    private static var redBytesMax: Int { 1100 }
    private static var blockBytesMax: Int { 1023 }
    /// Fourteen bits of timestamp offset.
    private static var offsetMax: UInt32 { 16_383 }

    @inline(__always)
    mutating func form(
        of fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>,
        subscriber: UnsafeMutablePointer<Subscriber>
    ) -> PayloadForm {
        let plain = PayloadForm(
            payloadType: subscriber.pointee.payloadTypeOfCodec[Int(fact.pointee.codec.rawValue)],
            offset: Int(fact.pointee.payloadOffset), bytes: Int(fact.pointee.payloadBytes))
        if fact.pointee.codec == .red { return form(ofRedundant: fact, plain, subscriber: subscriber) }
        if subscriber.pointee.redundancy == 0 || fact.pointee.codec != .opus { return plain }
        return redundant(fact, plain, consumer: consumer, subscriber: subscriber)
    }

    private mutating func form(
        ofRedundant fact: UnsafeMutablePointer<PacketFacts>, _ plain: PayloadForm,
        subscriber: UnsafeMutablePointer<Subscriber>
    ) -> PayloadForm {
        var form = plain
        let opus = subscriber.pointee.payloadTypeOfCodec[Int(Codec.opus.rawValue)]
        if plain.payloadType == 255 {
            form.payloadType = opus
            form.offset += Int(fact.pointee.primaryOffset)
            form.bytes -= Int(fact.pointee.primaryOffset)
        } else {
            // The blocks name the publisher's payload type.
            form.isComposed = fact.pointee.blockPayloadType != opus
        }
        return form
    }

    /// Whether a subscriber that does not take RED gets the primary block.
    mutating func unpacks(
        _ fact: UnsafeMutablePointer<PacketFacts>, for subscriber: UnsafeMutablePointer<Subscriber>
    ) -> Bool {
        subscriber.pointee.payloadTypeOfCodec[Int(Codec.opus.rawValue)] != 255
            && fact.pointee.primaryOffset < fact.pointee.payloadBytes
    }

    private mutating func redundant(
        _ fact: UnsafeMutablePointer<PacketFacts>, _ plain: PayloadForm,
        consumer: UnsafeMutablePointer<ConsumerState>, subscriber: UnsafeMutablePointer<Subscriber>
    ) -> PayloadForm {
        let red = subscriber.pointee.payloadTypeOfCodec[Int(Codec.red.rawValue)]
        guard red != 255, plain.bytes > 0 else { return plain }
        var form = PayloadForm(payloadType: red, offset: plain.offset, bytes: plain.bytes + 1)
        while form.repeats < Int(subscriber.pointee.redundancy),
            let earlier = earlier(form.repeats + 1, than: fact, consumer: consumer)
        {
            let bytes = 4 + Int(facts[Int(earlier)].payloadBytes)
            guard form.bytes + bytes <= Self.redBytesMax else { break }
            form.bytes += bytes
            form.repeats += 1
        }
        form.isComposed = true
        return form.repeats > 0 ? form : plain
    }

    /// The slot of the packet `steps` before this one, when it can be a block of it.
    private mutating func earlier(
        _ steps: Int, than fact: UnsafeMutablePointer<PacketFacts>, consumer: UnsafeMutablePointer<ConsumerState>
    ) -> UInt32? {
        let producer = producers + Int(consumer.pointee.producer)
        guard
            let slot = producer.pointee.histories[Int(fact.pointee.layer)].slot(
                for: fact.pointee.sequence &- UInt64(steps), facts: facts)
        else { return nil }
        let other = facts + Int(slot)
        let offset = fact.pointee.timestamp &- other.pointee.timestamp
        guard other.pointee.codec == .opus, other.pointee.generation == fact.pointee.generation,
            (1...Self.blockBytesMax).contains(Int(other.pointee.payloadBytes)), (1...Self.offsetMax).contains(offset)
        else { return nil }
        return slot
    }

    /// Writes what `form` says at `out`, where it is encrypted in place.
    mutating func compose(
        _ form: PayloadForm, of fact: UnsafeMutablePointer<PacketFacts>, payload: UnsafeRawPointer,
        consumer: UnsafeMutablePointer<ConsumerState>, at out: UnsafeMutableRawPointer
    ) {
        let opus = subscribers[Int(consumer.pointee.peer)].payloadTypeOfCodec[Int(Codec.opus.rawValue)]
        if form.repeats == 0 {
            out.copyMemory(from: payload, byteCount: form.bytes)
            return Self.rename(out, as: opus)
        }
        var header = 0
        var data = form.repeats * 4 + 1
        var steps = form.repeats
        while steps > 0 {
            guard let slot = earlier(steps, than: fact, consumer: consumer) else {
                preconditionFailure("a packet that was counted is gone within a burst")
            }
            let bytes = Int(facts[Int(slot)].payloadBytes)
            let offset = fact.pointee.timestamp &- facts[Int(slot)].timestamp
            // RFC 2198 §3: F, block PT, 14 bits of timestamp offset, 10 bits of length.
            let word = 0x8000_0000 | UInt32(opus) << 24 | offset << 10 | UInt32(bytes)
            out.storeBytes(of: word.bigEndian, toByteOffset: header, as: UInt32.self)
            (out + data).copyMemory(
                from: memory(of: slot) + Int(facts[Int(slot)].payloadOffset), byteCount: bytes)
            header += 4
            data += bytes
            steps -= 1
        }
        out.storeBytes(of: opus, toByteOffset: header, as: UInt8.self)
        (out + data).copyMemory(from: payload, byteCount: Int(fact.pointee.payloadBytes))
    }

    /// Gives all blocks of a redundant payload, which was checked when it came, another payload type.
    private static func rename(_ payload: UnsafeMutableRawPointer, as payloadType: UInt8) {
        var header = 0
        while payload.load(fromByteOffset: header, as: UInt8.self) & 0x80 != 0 {
            payload.storeBytes(of: payloadType | 0x80, toByteOffset: header, as: UInt8.self)
            header += 4
        }
        payload.storeBytes(of: payloadType, toByteOffset: header, as: UInt8.self)
    }

    /// A receiver report told what this consumer lost: sound is repeated while the link loses it, pictures get parity.
    public mutating func noteLoss(consumer index: UInt32, fractionLost: UInt8) {
        guard consumers[Int(index)].kind == .audio else {
            return noteLoss(ofPicture: index, fractionLost: fractionLost)
        }
        let subscriber = subscribers + Int(consumers[Int(index)].peer)
        let wanted: UInt8 = fractionLost >= Self.lossForTwo ? 2 : fractionLost >= Self.lossForOne ? 1 : 0
        if wanted > 0 {
            subscriber.pointee.calmReports = 0
            subscriber.pointee.redundancy = max(wanted, subscriber.pointee.redundancy)
        } else if subscriber.pointee.redundancy > 0 {
            subscriber.pointee.calmReports += 1
            guard subscriber.pointee.calmReports >= Self.calmReportsMax else { return }
            subscriber.pointee.calmReports = 0
            subscriber.pointee.redundancy -= 1
        }
    }
}
