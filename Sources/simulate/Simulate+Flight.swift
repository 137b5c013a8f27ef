import Contract
import Flight
import Simulator

extension Simulate {
    /// Random runs whose shards stand still for a while; true when every record replays to the same decisions. Rooms that are
    /// spread over shards are passed over.
    func runFlight() -> Bool {
        var (replayed, passedOver, calls, decisions) = (0, 0, 0, 0)
        var failed: [UInt64] = []
        for seed in first..<first + count {
            var run = RandomRun(seed: seed, givesFeedback: seed % 2 == 0, flightBytes: 8 << 20)
            if count == 1 { print("seed \(seed): \(run.summary)") }
            run.stall(seconds: seconds)
            for shard in 0..<run.simulator.options.shardCount {
                guard let file = run.simulator.flight(shard: shard) else { continue }
                do throws(FlightReplayError) {
                    let verdict = try FlightReplay(file).run()
                    replayed += 1
                    calls += verdict.calls
                    decisions += verdict.decisions
                    guard let found = verdict.first else { continue }
                    failed.append(seed)
                    if isTracing { show(file, around: found) }
                    print(
                        "seed \(seed) shard \(shard): \(verdict.differingCalls) of \(verdict.calls) calls differ, the first is \(found.call) "
                            + "at \(found.nowNanoseconds): recorded \(found.recorded); replayed \(found.replayed)")
                } catch {
                    if case .trunk = error { passedOver += 1 } else { failed.append(seed) }
                    if count == 1 { print(error) }
                }
            }
        }
        print(
            "\(replayed) records replayed, \(calls) calls, \(decisions) decisions; \(passedOver) passed over (rooms on several shards); "
                + "\(failed.count) differ")
        return failed.isEmpty && replayed > 0
    }

    /// What was told and decided at the first difference and shortly before.
    private func show(_ file: FlightFile, around found: FlightVerdict.Difference) {
        let timeline = FlightTimeline(file)
        for line in timeline.lines()
        where line.nowNanoseconds + 3_000_000 > found.nowNanoseconds && line.nowNanoseconds <= found.nowNanoseconds {
            print(timeline.text(line))
        }
    }

    /// A camera and a voice to 200 people, and meetings of four: the same with and without a recorder, so that callgrind's
    /// totals differ by what the recorder costs.
    func playForCost(isRecorded: Bool) {
        for (rooms, people) in [(1, 200), (8, 4)] {
            var options = SimulatorOptions(seed: 1)
            options.limits = Limits(
                roomsMax: 8, peersMax: 256, producersMax: 64, consumersMax: 2048, producersPerRoomMax: 16, slots: 8192,
                runs: 512, mailboxMax: 4096)
            options.flightBytes = isRecorded ? 16 << 20 : 0
            let simulator = Simulator(options)
            for _ in 0..<rooms { fill(simulator, people: people) }
            simulator.run(seconds: 3)
            let report = simulator.report()
            print(
                "\(rooms) rooms of \(people): \(report.forwarded) packets forwarded, \(report.datagramsReceived) taken in"
            )
        }
    }

    /// In a small room everybody sends, in a large one the first.
    private func fill(_ simulator: Simulator, people: Int) {
        guard let room = simulator.openRoom() else { return }
        var present: [SimulatedPeer] = []
        var published: [Publication] = []
        for number in 0..<people {
            guard let peer = simulator.join(room) else { continue }
            present.append(peer)
            guard number == 0 || people < 10 else { continue }
            published += [simulator.publishAudio(peer), simulator.publishVideo(peer, layers: 1)].compactMap { $0 }
        }
        for peer in present {
            for publication in published where publication.peer !== peer {
                _ = simulator.subscribe(peer, to: publication)
            }
        }
    }
}
