import Foundation
import Protocol
import Trace

extension ClusterNode {
    /// Tells all other hosts. What is in the stream reaches also those that are away for a while; what happens only now does not.
    /// Nothing is told while Redis is away: the database knows, and hosts look there when it is back.
    public func publish(_ body: ClusterNotice.OneOf_Body) {
        bus.publish(notice(body), isKept: Self.isKept(body)) { _ in }
    }

    /// The same, and waits until it has been told. False when it has not.
    @discardableResult
    public func published(_ body: ClusterNotice.OneOf_Body) async -> Bool {
        let notice = notice(body)
        return await withCheckedContinuation { waiter in
            bus.publish(notice, isKept: Self.isKept(body)) { result in
                if case .success = result { waiter.resume(returning: true) } else { waiter.resume(returning: false) }
            }
        }
    }

    private func notice(_ body: ClusterNotice.OneOf_Body) -> ClusterNotice {
        var notice = ClusterNotice()
        notice.noticeID = UUID().uuidString
        notice.hostID = id
        notice.timeMs = Self.milliseconds()
        notice.traceParent = Trace.current?.header ?? ""
        notice.body = body
        return notice
    }

    private static func isKept(_ body: ClusterNotice.OneOf_Body) -> Bool {
        switch body {
        case .chat, .revocation, .kick, .roomClosed: true
        case .peerEntered, .peerGone, .typing, .readMark, .drain: false
        }
    }
}
