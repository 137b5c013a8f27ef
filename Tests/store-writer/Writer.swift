import Foundation
import Store

/// Writes rows and says which are acknowledged, until somebody kills it: for the crash test. With `measure` it measures
/// instead.
@main
struct Writer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { fatalError("usage: store-writer sqlite|postgres LOCATION [measure]") }
        let store: any Store =
            arguments[1] == "sqlite" ? try SqliteStore(path: arguments[2]) : try PostgresStore(url: arguments[2])
        if arguments.count > 3 { return try await Measure.run(store) }
        let stamp = Stamp(by: "test", at: 1)
        try await store.write { tx throws(StoreError) in
            try tx.insert(App(id: "a", name: "a", algorithm: .hs256, stamp: stamp))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask {
                    for index in stride(from: lane, to: 1000, by: 8) {
                        let message = Message(
                            conversation: "room/r", id: "m\(index)", sender: "u", senderName: "U",
                            clientKey: "k\(index)", body: "text \(index)", stamp: stamp)
                        let sent = try await store.write { tx throws(StoreError) in try tx.send(message, of: "a") }
                        acknowledge("\(sent.event.sequence) \(index)\n")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func acknowledge(_ line: String) {
        // One call a line, so that none is torn.
        _ = line.withCString { write(1, $0, strlen($0)) }
    }
}
