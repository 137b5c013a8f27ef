import Foundation
import Logging
import Protocol
import SwiftProtobuf
import Synchronization

/// What hosts tell each other: a channel for what happens now, and a stream in which a host that was away finds what it missed.
final class NoticeBus: Sendable {
    /// Notices that the stream keeps at least.
    private static let kept = 10_000
    private static let readAtOnce = 1000

    private let keys: ClusterKeys
    private let address: RedisAddress
    private let own: String
    private let redis: RedisCommands
    private let log: Logger
    private let tell: @Sendable (ClusterEvent) -> Void
    /// Of the newest notice of the stream that was heard; nil before the first connection. Written by the listening thread.
    private let newest = Mutex<StreamId?>(nil)
    private let subscription = Mutex<RedisSubscription?>(nil)

    init(
        _ address: RedisAddress, _ keys: ClusterKeys, own: String, redis: RedisCommands, log: Logger,
        tell: @escaping @Sendable (ClusterEvent) -> Void
    ) {
        self.address = address
        self.keys = keys
        self.own = own
        self.redis = redis
        self.log = log
        self.tell = tell
    }

    func start() {
        let listening = RedisSubscription(
            address, channel: keys.events, began: { [weak self] in self?.catchUp() },
            heard: { [weak self] in self?.hear($0) })
        subscription.withLock { $0 = listening }
        listening.start()
    }

    func close() { subscription.withLock { $0 }?.close() }

    // MARK: telling

    func publish(_ notice: ClusterNotice, isKept: Bool, _ answer: @escaping RedisCommands.Answer) {
        let bytes = ClusterNode.bytes(notice)
        guard isKept else {
            return redis.post(["PUBLISH", RedisWord(keys.events), RedisWord(Array("- ".utf8) + bytes)], answer)
        }
        redis.post(
            RedisCommands.script(
                Scripts.tell, keys: [keys.log], [RedisWord(keys.events), RedisWord(bytes), RedisWord(Self.kept)]),
            answer)
    }

    // MARK: hearing

    /// The stream's id or "-", a space, and the Notice.
    private func hear(_ message: [UInt8]) {
        guard let space = message.firstIndex(of: UInt8(ascii: " ")) else { return }
        let name = String(decoding: message[..<space], as: UTF8.self)
        if let id = StreamId(name), !isNews(id) { return }
        take(Array(message[(space + 1)...]))
    }

    private func isNews(_ id: StreamId) -> Bool {
        newest.withLock { newest in
            if let known = newest, id <= known { return false }
            newest = id
            return true
        }
    }

    private func take(_ bytes: [UInt8]) {
        guard let notice = try? ClusterNotice(serializedBytes: bytes), notice.hostID != own else { return }
        tell(.notice(notice))
    }

    /// Reads what came between two connections. The channel is heard already: what comes twice is dropped.
    private func catchUp() {
        do throws(RedisError) {
            let link = try RedisLink.open(address)
            if let last = newest.withLock({ $0 }) { try read(link, after: last) } else { try begin(link) }
        } catch {
            log.warning("missed notices cannot be read", metadata: ["error": "\(error)"])
        }
        tell(.missed)
    }

    /// What was said before this host began it finds in the database.
    private func begin(_ link: borrowing RedisLink) throws(RedisError) {
        let answer = try link.call(["XREVRANGE", RedisWord(keys.log), "+", "-", "COUNT", "1"])
        let id = answer.array.first?.array.first?.text.flatMap { StreamId($0) } ?? StreamId.zero
        newest.withLock { $0 = $0 ?? id }
    }

    private func read(_ link: borrowing RedisLink, after last: StreamId) throws(RedisError) {
        var from = last
        while true {
            let entries = try link.call([
                "XRANGE", RedisWord(keys.log), RedisWord(from.next.text), "+", "COUNT", RedisWord(Self.readAtOnce),
            ]).array
            for entry in entries {
                guard let id = entry.array.first?.text.flatMap({ StreamId($0) }) else { continue }
                from = id
                guard isNews(id), let bytes = entry.array.last?.array.last?.bytes else { continue }
                take(bytes)
            }
            if entries.count < Self.readAtOnce { return }
        }
    }
}

/// A stream's entry: milliseconds and a number.
struct StreamId: Comparable, Sendable {
    static let zero = StreamId(time: 0, number: 0)

    var time: UInt64
    var number: UInt64

    init(time: UInt64, number: UInt64) {
        self.time = time
        self.number = number
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-").map { UInt64($0) }
        guard parts.count == 2, let time = parts[0], let number = parts[1] else { return nil }
        self.init(time: time, number: number)
    }

    var text: String { "\(time)-\(number)" }
    var next: StreamId { StreamId(time: time, number: number &+ 1) }

    static func < (a: StreamId, b: StreamId) -> Bool { (a.time, a.number) < (b.time, b.number) }
}
