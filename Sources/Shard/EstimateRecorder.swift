import CPlatform
import Contract
import Estimate
import Glibc
import Memory
import Synchronization

/// Writes what estimators are told to a file, a line of JSON for each feedback: a thread of its own that empties the
/// shards' mailboxes, since no shard may wait for a disk. For `millrace-simulate --replay`.
final class EstimateRecorder: @unchecked Sendable {
    private static let mailboxRecords = 1024
    private static let pauseMicroseconds: UInt32 = 20_000

    /// By shard.
    let mailboxes: [Mailbox<EstimateRecord>]
    private let file: UnsafeMutablePointer<FILE>
    /// Of each shard, the line that is being put together.
    private var lines: [String]
    private var thread: UInt64 = 0
    private let isEnding = Atomic(false)

    /// Begins the file anew. Nil when it cannot be written.
    init?(path: String, shardCount: Int) {
        guard let file = fopen(path, "w") else { return nil }
        self.file = file
        mailboxes = (0..<shardCount).map { _ in Mailbox(capacity: Self.mailboxRecords) }
        lines = Array(repeating: "", count: shardCount)
    }

    /// False when the system refuses a thread.
    func start() -> Bool {
        let argument = Unmanaged.passRetained(self).toOpaque()
        guard cp_spawn(&thread, 1 << 20, recorderThreadMain, argument) == 0 else {
            Unmanaged<EstimateRecorder>.fromOpaque(argument).release()
            return false
        }
        return true
    }

    /// After the shards have ended.
    func stop() {
        isEnding.store(true, ordering: .releasing)
        _ = cp_join(thread)
        fclose(file)
    }

    fileprivate func main() {
        _ = cp_name_thread("estimates")
        while true {
            let isLast = isEnding.load(ordering: .acquiring)
            for shard in mailboxes.indices {
                while let record = mailboxes[shard].pop() { take(record, shard) }
            }
            fflush(file)
            if isLast { return }
            usleep(Self.pauseMicroseconds)
        }
    }

    private func take(_ record: EstimateRecord, _ shard: Int) {
        for place in 0..<record.count {
            let packet = record.packets[place]
            let arrival = packet.isReceived ? Int64(packet.arrivalTicks) : -1
            let values = "[\(packet.number),\(packet.bytes),\(packet.cluster),\(packet.sentMicroseconds),\(arrival)]"
            lines[shard] += lines[shard].isEmpty ? values : "," + values
        }
        guard record.isLast else { return }
        let head =
            "{\"shard\":\(shard),\"peer\":\(record.peer),\"incarnation\":\(record.incarnation),"
            + "\"now\":\(record.nowNanoseconds),\"sent\":\(record.sentBytes),\"target\":\(record.targetBitsPerSecond),"
        fputs(head + "\"packets\":[" + lines[shard] + "]}\n", file)
        lines[shard] = ""
    }
}

/// Thread entry: a free function, since a closure would belong to an actor.
private func recorderThreadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<EstimateRecorder>.fromOpaque(argument!).takeRetainedValue().main()
    return nil
}
