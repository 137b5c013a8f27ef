import Foundation
import Store

/// How many messages a second a store takes, and how long each one waits for its acknowledgement.
enum Measure {
    static func run(_ store: any Store) async throws {
        let stamp = Stamp(by: "test", at: 1)
        try await store.write { tx throws(StoreError) in
            try tx.insert(App(id: "a", name: "a", algorithm: .hs256, stamp: stamp))
        }
        try await steady(store, perSecond: 500, seconds: 10)
        for lanes in [1, 8, 64] { try await flat(store, lanes: lanes, seconds: 3) }
    }

    private static func send(_ store: any Store, _ key: String, room: Int) async throws {
        let message = Message(
            conversation: "room/\(room)", id: key, sender: "u", senderName: "U", clientKey: key,
            body: String(repeating: "x", count: 200), stamp: Stamp(by: "user:u", at: 1))
        _ = try await store.write { tx throws(StoreError) in try tx.send(message, of: "a") }
    }

    /// At a fixed rate, whatever the store does.
    private static func steady(_ store: any Store, perSecond: Int, seconds: Int) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let waits = try await withThrowingTaskGroup(of: Double.self) { group in
            for index in 0..<perSecond * seconds {
                let due = start + .microseconds(1_000_000 / perSecond * index)
                try await clock.sleep(until: due)
                group.addTask {
                    try await send(store, "s\(index)", room: index % 50)
                    return (clock.now - due) / .milliseconds(1)
                }
            }
            var all: [Double] = []
            for try await wait in group { all.append(wait) }
            return all.sorted()
        }
        print(
            "\(perSecond)/s for \(seconds) s: p50 \(round(waits, 0.5)) ms, p99 \(round(waits, 0.99)) ms, worst \(round(waits, 1)) ms"
        )
    }

    private static func round(_ sorted: [Double], _ part: Double) -> Double {
        let value = sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
        return (value * 10).rounded() / 10
    }

    /// As fast as it goes, with so many senders that each wait for their acknowledgement.
    private static func flat(_ store: any Store, lanes: Int, seconds: Int) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var count = 0
                    while clock.now < end {
                        try await send(store, "f\(lanes)-\(lane)-\(count)", room: lane)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        print("\(lanes) senders: \(count / seconds)/s")
    }
}
