import Contract
import NIOCore
import Tenancy

/// Looks every so often at what tenants' guests send, and keeps who sends more than their tenant may: nothing more may be
/// published there until it is less.
final class BitrateWatch {
    private static let every = TimeAmount.seconds(10)
    /// Producers that are asked for at once; of more than this the first are measured, and the others taken for their like.
    private static let producersMax = 2000

    private let registry: Registry
    private let tenancy: Tenancy
    private let loop: any EventLoop
    private(set) var over: Set<String> = []

    init(registry: Registry, tenancy: Tenancy, loop: any EventLoop) {
        self.registry = registry
        self.tenancy = tenancy
        self.loop = loop
    }

    func begin() {
        loop.assumeIsolated().scheduleTask(in: Self.every) { [weak self] in
            self?.look()
            self?.begin()
        }
    }

    func look() {
        let producers = registry.rooms.values.flatMap(\.producers).filter { $0.peer.stay != nil }
        let asked = producers.prefix(Self.producersMax)
        let scale = asked.isEmpty ? 1 : Double(producers.count) / Double(asked.count)
        let apps = asked.map { $0.peer.stay?.app ?? "" }
        EventLoopFuture.whenAllComplete(asked.map { registry.reports.producer($0) }, on: loop).assumeIsolated()
            .whenSuccess { results in
                var sums: [String: Double] = [:]
                for (app, result) in zip(apps, results) {
                    guard case .success(let report) = result else { continue }
                    sums[app, default: 0] += (0..<3).reduce(0) { $0 + Double(report.bitsPerSecond[$1]) } * scale
                }
                self.judge(sums)
            }
    }

    func judge(_ sums: [String: Double]) {
        over.formIntersection(sums.keys)
        for (app, sum) in sums {
            let tenancy = tenancy
            loop.makeFutureWithTask { await tenancy.isWithinQuota(bitrate: Int64(sum), of: app) }.assumeIsolated()
                .whenSuccess { isWithin in
                    if isWithin { self.over.remove(app) } else { self.over.insert(app) }
                }
        }
    }
}
