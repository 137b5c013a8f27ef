import NIOCore

extension Site {
    /// Tells the service manager that HTTP and media are served, and from then on that every shard makes progress: a sign
    /// of life goes out only when all of them have answered a question since the one before.
    func tell(_ manager: ServiceManager) {
        serviceManager = manager
        manager.ready("serving on \(plane.links.count) shards")
        guard let limit = manager.watchdogMicroseconds else { return }
        watchShards(.microseconds(limit / 3))
    }

    private func watchShards(_ pause: TimeAmount) {
        registry.reports.all().assumeIsolated().whenComplete { outcome in
            if case .success(let reports) = outcome, reports.allSatisfy({ $0 != nil }) { self.serviceManager.alive() }
            guard !self.isFinished else { return }
            self.loop.assumeIsolated().scheduleTask(in: pause) { self.watchShards(pause) }
        }
    }
}
