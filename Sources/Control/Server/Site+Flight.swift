import NIOCore
import Shard

/// Flight records on request: by `POST /flight`, and by a signal.
extension Site {
    private struct Written: Encodable {
        var shard: Int
        var path: String
        var error: String?
    }

    private struct Answer: Encodable {
        var records: [Written]
    }

    /// For the operator, who shows `x-admin-key`, and for this host with --dev. `?shard` names one.
    func writeFlight(_ request: Request) throws -> EventLoopFuture<Response> {
        guard isOperator(request) else { throw ApiError.unauthorized("x-admin-key is needed") }
        var shard: Int?
        if let text = request.query["shard"] {
            guard let number = Int(text), registry.shards.indices.contains(number) else {
                throw ApiError.badRequest("?shard is a shard's number, below \(registry.shards.count)")
            }
            shard = number
        }
        let promise = loop.makePromise(of: Response.self)
        plane.writeFlight(shard) { dumps in
            let written = dumps.map { Written(shard: $0.shard, path: $0.path, error: $0.error) }
            promise.succeed(.json(Answer(records: written)))
        }
        return promise.futureResult
    }

    private func isOperator(_ request: Request) -> Bool {
        if gate.isTrusted(request) { return true }
        guard let key = settings.tenancy?.adminKey, let given = request.header("x-admin-key") else { return false }
        // In time that depends on the lengths alone.
        let (one, other) = (Array(given.utf8), Array(key.utf8))
        return one.count == other.count && zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Of all shards, for a signal; the log says where they are.
    func writeFlights() {
        let log = log
        plane.writeFlight(nil) { dumps in
            for dump in dumps {
                let text = dump.error.map { "a flight record cannot be written: \($0)" } ?? "a flight record is written"
                log.notice("\(text)", metadata: ["shard": "\(dump.shard)", "path": "\(dump.path)"])
            }
        }
    }
}
