import Wire

/// How one packet changes on its way to one consumer, besides the fields of its RTP header.
@frozen
public struct PacketRewriting: BitwiseCopyable {
    public var isMarked: Bool
    /// The payload's descriptor changes.
    public var changesPayload = false
    public var pictureId: UInt16 = 0
    public var tl0PictureIndex: UInt8 = 0
    /// The dependency descriptor changes.
    public var changesDescriptor = false
    public var descriptor = DependencyRewriting(frameNumber: 0)

    public init(isMarked: Bool = false) { self.isMarked = isMarked }

    /// Bytes of an extension's value on its way out; `place` is that of `CarriedExtension`.
    @inline(__always)
    func length(of value: ExtensionPlace, at place: Int) -> Int {
        guard changesDescriptor, place == CarriedExtension.dependencyDescriptorPlace else { return Int(value.length) }
        return descriptor.byteCount(of: Int(value.length))
    }

    /// Writes the new ids into a payload that was copied to `payload`.
    func apply(_ frame: FrameFacts, to payload: UnsafeMutableRawPointer) {
        let place = Int(frame.pictureIdPlace)
        if frame.has(.hasLongPictureId) {
            payload.storeBytes(of: (0x8000 | pictureId).bigEndian, toByteOffset: place, as: UInt16.self)
        } else if place > 0 {
            payload.storeBytes(of: UInt8(truncatingIfNeeded: pictureId), toByteOffset: place, as: UInt8.self)
        }
        guard frame.tl0Place > 0 else { return }
        payload.storeBytes(of: tl0PictureIndex, toByteOffset: Int(frame.tl0Place), as: UInt8.self)
    }
}
