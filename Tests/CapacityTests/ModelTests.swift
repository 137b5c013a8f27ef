import Testing

@testable import Capacity

@Suite struct ModelTests {
    @Test func aMachinesPricesAreFoundAgain() {
        let model = CostModel(Machine.calibration)
        #expect(model.checks.allSatisfy { abs($0.busyFitted / $0.busyMeasured - 1) < 0.02 })
        for part in [Part.wakeup, .run, .peer, .join] {
            #expect(abs(model.prices[part] / Machine.prices[part] - 1) < 0.2, "\(part)")
        }
    }

    /// Other loads than it was fitted to: mixed rooms, sizes, ciphers, churn, voices.
    @Test func whatWasNotFittedIsPredicted() {
        var calibration = Machine.calibration
        let mixed = Workload(rooms: [Machine.rooms(5, of: 4) { $0.videoKilobits = 800 }.rooms[0], Machine.webinar(100)])
        let others = [
            Machine.run("mixed", mixed, role: "test"),
            Machine.run(
                "sizes", Workload(rooms: [Machine.webinar(60) { ($0.videoKilobits, $0.audioShare) = (4000, 0) }]),
                role: "test"),
            Machine.run(
                "ciphers", Machine.rooms(3, of: 6) { ($0.videoKilobits, $0.cipher) = (600, .sha1) }, role: "test"),
            Machine.run("churn", Machine.joining(Machine.webinar(100) { $0.feedback = true }, 10), role: "test"),
            Machine.run(
                "voices",
                Workload(rooms: [
                    Machine.room(70) { ($0.publishers, $0.receivers, $0.voices, $0.videoKilobits) = (10, 60, 0, 0) }
                ]),
                role: "test"),
        ]
        calibration.runs += others
        let checks = CostModel(calibration).checks.filter { $0.role == "test" }
        #expect(checks.count == 5)
        for check in checks {
            #expect(abs(check.busyPredicted / check.busyMeasured - 1) < 0.1, "\(check.scenario)")
            #expect((0.67...1.5).contains(check.p99Predicted / check.p99Measured), "\(check.scenario)")
        }
    }

    @Test func memoryAndTheOtherThreadsAreFoundAgain() {
        let model = CostModel(Machine.calibration)
        #expect(abs(model.memory.peerBytes / 60_000 - 1) < 0.02 && abs(model.memory.historyPart - 1) < 0.02)
        #expect(
            abs(model.controlJoinNanoseconds / 1e6 - 1) < 0.01 && abs(model.controlPeerNanoseconds / 2000 - 1) < 0.01)
    }

    @Test func ofSeveralRunsOfOneScenarioTheLeastDisturbedCounts() {
        var calibration = Machine.calibration
        var disturbed = calibration.runs[1]
        disturbed.shardNanoseconds *= 5
        calibration.runs.insert(disturbed, at: 0)
        calibration.runs.append(disturbed)
        #expect(calibration.best.count == 6)
        #expect(calibration.best[0].shardNanoseconds == calibration.runs[2].shardNanoseconds)
    }

    @Test func theExampleIsReadable() throws {
        let model = CostModel(try Calibration.example)
        #expect(model.machine.title.contains("processors"))
        #expect(model.prices[.run] > 0 && model.queue.tailMilliseconds >= 0)
    }

    private func refusal(_ text: String) -> String {
        do throws(CapacityError) {
            _ = try Calibration(json: text, name: "c.json")
            return ""
        } catch { return error.description }
    }

    @Test func whatIsNoCalibrationIsRefused() throws {
        let expected = "; expected what `tools/dev bench calibrate` writes"
        #expect(refusal("nonsense") == "c.json: not JSON" + expected)
        #expect(refusal("{}") == "c.json: machine is missing" + expected)
        var calibration = Machine.calibration
        calibration.runs = []
        #expect(refusal(try planJson(calibration)) == "c.json: no run with the role fit" + expected)
        let text = try planJson(Machine.calibration).replacing("\"wakeups\"", with: "\"wakings\"")
        #expect(refusal(text) == "c.json: runs.[0].perSecond.wakeups is missing" + expected)
    }
}
