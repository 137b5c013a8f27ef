/// What both databases have in common: work waits in two queues for the threads that hold the connections. A subclass
/// starts those threads.
public class QueuedStore: Store, @unchecked Sendable {
    // SAFETY: queues lock themselves, and no subclass keeps what changes.
    let writes = JobQueue()
    let reads = JobQueue()

    init() {}

    public final func read<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await reads.value(body)
    }

    public final func write<Value: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        try await writes.value(body)
    }

    public final func close() {
        writes.close()
        reads.close()
    }
}
