/// How a client shows one video: told by it, so that nothing is sent that nobody sees, and no more than is seen.
@frozen
public struct View: BitwiseCopyable, Sendable, Equatable {
    /// In the client's own pixels; both 0 when it is not to be seen at all.
    public var width: UInt16
    public var height: UInt16
    /// The client wants this one before others.
    public var isPinned: Bool

    @inlinable
    public init(width: UInt16, height: UInt16, isPinned: Bool = false) {
        self.width = width
        self.height = height
        self.isPinned = isPinned
    }

    /// The client has not said.
    @inlinable public static var unknown: View { View(width: .max, height: .max) }
    @inlinable public var isKnown: Bool { width != .max || height != .max }
    @inlinable public var isVisible: Bool { width > 0 && height > 0 }
    /// Pixels.
    @inlinable public var area: UInt32 { UInt32(width) * UInt32(height) }

    @inlinable
    public static func == (left: Self, right: Self) -> Bool {
        left.width == right.width && left.height == right.height && left.isPinned == right.isPinned
    }
}

/// Why a consumer that is not paused by anybody gets nothing.
@frozen
public enum PauseReason: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// It gets something, or would if something came.
    case none = 0
    /// The subscriber's link carries no layer of it besides what is more important.
    case bandwidth
    /// The client says that it does not show it.
    case notShown

    /// The name in the API.
    public var label: String {
        switch self {
        case .none: "none"
        case .bandwidth: "bandwidth"
        case .notShown: "not_shown"
        }
    }
}
