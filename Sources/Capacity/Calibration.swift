import Foundation

/// What `tools/dev bench calibrate` wrote, on this host or another.
public struct Calibration: Codable, Sendable {
    public struct Machine: Codable, Equatable, Sendable {
        public var processor: String
        public var processors: Int
        public var isVirtual: Bool
        public var kernel: String
        public var commit: String
        public var date: String

        /// One line for a reader.
        public var title: String {
            "\(processor), \(processors) processors\(isVirtual ? " of a virtual machine" : ""), kernel \(kernel), "
                + "measured \(date) at commit \(commit)"
        }
    }

    /// Counted by a shard, a second.
    public struct Counts: Codable, Equatable, Sendable {
        public var wakeups: Double
        public var datagramsIn: Double
        public var bytesIn: Double
        public var mediaIn: Double
        public var rtcpIn: Double
        public var runs: Double
        public var segments: Double
        public var forwarded: Double
        public var bytesOut: Double
        public var joins: Double
    }

    public struct RoomTimes: Codable, Equatable, Sendable {
        public var name: String
        public var p50Milliseconds: Double
        public var p99Milliseconds: Double
    }

    public struct Run: Codable, Sendable {
        public var scenario: String
        /// `fit`, or `test` for those that only show how good the fit is.
        public var role: String
        public var level: Int
        public var workload: Workload
        public var seconds: Double
        /// Of processor time a second: the shard's thread, and all others.
        public var shardNanoseconds: Double
        public var otherNanoseconds: Double
        public var perSecond: Counts
        public var peers: Double
        public var emptyBytes: Double
        public var residentBytes: Double
        public var rooms: [RoomTimes]
    }

    public var machine: Machine
    public var runs: [Run]

    /// - Parameter name: of the file, for mistakes.
    public init(json text: String, name: String) throws(CapacityError) {
        do {
            self = try JSONDecoder().decode(Calibration.self, from: Data(text.utf8))
        } catch let error as CapacityError {
            throw error
        } catch {
            throw CapacityError("\(name): \(Self.say(error)); expected what `tools/dev bench calibrate` writes")
        }
        guard runs.contains(where: { $0.role == "fit" }) else {
            throw CapacityError("\(name): no run with the role fit; expected what `tools/dev bench calibrate` writes")
        }
        guard runs.allSatisfy({ $0.seconds > 0 && $0.shardNanoseconds > 0 }) else {
            throw CapacityError("\(name): a run without time; expected seconds and shardNanoseconds above 0")
        }
    }

    private static func say(_ error: any Error) -> String {
        func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            let keys = context.codingPath + (key.map { [$0] } ?? [])
            return keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): return path(context, key) + " is missing"
        case .typeMismatch(let type, let context): return path(context) + " is not a \(type)"
        case .valueNotFound(_, let context): return path(context) + " is null"
        default: return "not JSON"
        }
    }

    /// That which is built in.
    public static var example: Calibration {
        get throws(CapacityError) {
            let text = String(decoding: PackageResources.calibration_json, as: UTF8.self)
            return try Calibration(json: text, name: "the example that is built in")
        }
    }

    /// One for each scenario and level: that of its runs which took least. Other work on a host only adds.
    var best: [Run] {
        var best: [Run] = []
        for run in runs {
            let place = best.firstIndex { ($0.scenario, $0.level, $0.role) == (run.scenario, run.level, run.role) }
            if let place {
                if run.shardNanoseconds < best[place].shardNanoseconds { best[place] = run }
            } else {
                best.append(run)
            }
        }
        return best
    }
}

extension Calibration.Run {
    /// What was counted, as the parts that have prices.
    var work: Work {
        var work = Work()
        let cipher = CipherCosts(workload.rooms[0].cipher)
        work[.wakeup] = perSecond.wakeups
        work[.packetIn] = perSecond.mediaIn
        work[.run] = perSecond.runs
        work[.segment] = perSecond.segments
        work[.kilobyte] = perSecond.bytesOut / 1024
        work[.feedback] = perSecond.rtcpIn
        work[.peer] = peers
        work[.join] = perSecond.joins
        if perSecond.mediaIn > 0, perSecond.datagramsIn > 0 {
            work[.cipher] = perSecond.mediaIn * cipher.openNanoseconds(perSecond.bytesIn / perSecond.datagramsIn)
        }
        if perSecond.forwarded > 0 {
            work[.cipher] += perSecond.forwarded * cipher.sealNanoseconds(perSecond.bytesOut / perSecond.forwarded)
        }
        return work
    }
}

/// The median; 0 of nothing.
func middle(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}
