import Foundation
import Store
import StoreTesting
import Testing

@Suite struct CrashTests {
    @Test(arguments: Backend.allCases, [137, 500, 811])
    func nothingAcknowledgedIsLostWhenTheProcessIsKilled(backend: Backend, after: Int) async throws {
        let place = try backend.place()
        defer { place.remove() }
        let acknowledged = try killWriter(of: place, after: after)
        #expect(acknowledged.count >= after)
        #expect(acknowledged.count < 1000)

        let store = try place.open()
        defer { store.close() }
        let kept = try await store.read { tx throws(StoreError) in
            try tx.events(of: "room/r", app: "a", after: 0, limit: 2000)
        }
        let bodies = Dictionary(uniqueKeysWithValues: kept.map { ($0.sequence, $0.message.body) })
        for (sequence, index) in acknowledged { #expect(bodies[sequence] == "text \(index)") }
        #expect(kept.map(\.sequence) == kept.indices.map { Int64($0) + 1 })
        // It goes on where it stopped.
        let next = Message(
            conversation: "room/r", id: "next", sender: "u", senderName: "U", clientKey: "next", body: "",
            stamp: Stamp(by: "test", at: 2))
        let sent = try await store.write { tx throws(StoreError) in try tx.send(next, of: "a") }
        #expect(sent.event.sequence == Int64(kept.count) + 1)
    }

    /// What it said before it died: sequence and index of each row.
    private func killWriter(of place: Place, after count: Int) throws -> [(Int64, Int)] {
        let writer = Process()
        let output = Pipe()
        let here = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        writer.executableURL = URL(fileURLWithPath: here).deletingLastPathComponent().appending(path: "store-writer")
        writer.arguments = [place.backend.rawValue, place.location]
        writer.standardOutput = output
        try writer.run()
        var said = Data()
        while said.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            let piece = output.fileHandleForReading.availableData
            if piece.isEmpty { break }
            said.append(piece)
        }
        kill(writer.processIdentifier, SIGKILL)
        said.append(output.fileHandleForReading.readDataToEndOfFile())
        writer.waitUntilExit()
        #expect(writer.terminationReason == .uncaughtSignal)
        return String(decoding: said, as: UTF8.self).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            return (Int64(words[0]) ?? 0, Int(words[1]) ?? 0)
        }
    }
}
