import Contract
import Engine
import Flight
import Testing

@testable import Simulator

/// What a shard wrote down, played again.
@Suite struct FlightReplayTests {
    private static let flightBytes = 8 << 20

    /// A meeting whose shard stands still for a while and then goes on for a moment.
    private func stalled(
        seed: UInt64, layers: Int = 3, _ configure: (inout SimulatorOptions) -> Void = { _ in }
    ) -> Meeting {
        let meeting = Meeting(listeners: 4, layers: layers, seed: seed) {
            $0.flightBytes = Self.flightBytes
            $0.givesFeedback = true
            configure(&$0)
        }
        meeting.simulator.run(seconds: 9)
        meeting.simulator.hang(shard: 0, true)
        meeting.simulator.run(seconds: 0.7)
        meeting.simulator.hang(shard: 0, false)
        meeting.simulator.run(seconds: 0.2)
        return meeting
    }

    private func replay(_ file: FlightFile) throws -> FlightVerdict { try FlightReplay(file).run() }

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func aStallReplaysToTheSameDecisions(_ seed: UInt64) throws {
        let file = try #require(stalled(seed: seed) { $0.toClient = .losing(0.03) }.simulator.flight())
        // Not from the beginning: the tables were copied while media flowed.
        #expect(file.images.count == 2 && file.images[0].nowNanoseconds > 8_000_000_000)
        let verdict = try replay(file)
        #expect(verdict.first == nil, "\(verdict.text)")
        #expect(verdict.decisions > 1000 && verdict.packets > 500)
        // The stall is in it.
        #expect(file.entries.contains { $0.kind == .take })
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func anybodysDoingsReplayToTheSameDecisions(_ seed: UInt64) throws {
        var run = RandomRun(seed: seed, givesFeedback: true, flightBytes: Self.flightBytes)
        run.stall(seconds: 6)
        for shard in 0..<run.simulator.options.shardCount {
            let file = try #require(run.simulator.flight(shard: shard))
            do {
                let verdict = try replay(file)
                #expect(verdict.first == nil, "\(verdict.text)")
            } catch FlightReplayError.trunk {
                #expect(run.simulator.options.shardCount > 1)
            }
        }
    }

    @Test func aDecisionThatWasAnotherIsFound() throws {
        let file = try #require(stalled(seed: 5).simulator.flight())
        let runs = file.entries.filter { $0.kind == .run && $0.position > file.images[0].position }
        let changed = try #require(runs.dropFirst(runs.count / 2).first)
        var bytes = file.bytes
        // Its sequence number.
        bytes[changed.body.lowerBound + 12] ^= 1
        let verdict = try replay(try FlightFile(bytes: bytes))
        #expect(verdict.differingCalls == 1)
        let first = try #require(verdict.first)
        #expect(first.recorded != first.replayed && first.recorded.contains("consumer"))
    }

    @Test func aPacketThatWasAnotherIsFoundByWhatFollowed() throws {
        let file = try #require(stalled(seed: 6, layers: 1).simulator.flight())
        let packets = file.entries.filter { $0.kind == .rtp && $0.position > file.images[0].position }
        let changed = try #require(packets.dropFirst(packets.count / 2).first)
        var bytes = file.bytes
        // Its timestamp: all that leaves of it has another one.
        bytes[changed.body.lowerBound + MemoryLayout<FlightPacket>.size + 6] ^= 0x40
        #expect(try replay(try FlightFile(bytes: bytes)).first != nil)
    }

    /// Joins, handshakes and keys are told and recorded; what opens a call stays out.
    @Test func noPasswordNoKeyAndNoPayloadIsInARecord() throws {
        let meeting = Meeting(listeners: 2, layers: 1, seed: 7) { $0.flightBytes = Self.flightBytes }
        meeting.simulator.run(seconds: 6)
        let file = try #require(meeting.simulator.flight())
        let text = String(decoding: file.bytes, as: UTF8.self)
        let peers = [meeting.publisher] + meeting.listeners
        for peer in peers {
            let password = peer.credentials.localPassword.text
            #expect(password.count >= 16 && !text.contains(password))
        }
        let longest = file.entries.filter { $0.kind == .rtp }.compactMap { file.value($0, as: FlightPacket.self) }
        #expect(!longest.isEmpty && longest.allSatisfy { $0.copiedBytes < 160 })
        #expect(longest.contains { $0.wireBytes > 600 })
    }

    @Test func aRoomOnSeveralShardsIsRecordedAndNotReplayed() throws {
        var options = SimulatorOptions(seed: 8)
        options.shardCount = 2
        options.flightBytes = Self.flightBytes
        let simulator = Simulator(options)
        let room = simulator.openRoom()!
        let far = simulator.spread(room, to: 1)!
        let publisher = simulator.join(room)!
        let video = simulator.publishVideo(publisher, layers: 1)!
        let listener = simulator.join(far)!
        _ = simulator.subscribe(listener, to: video)
        simulator.run(seconds: 3)
        let file = try #require(simulator.flight())
        #expect(file.entries.count { $0.kind == .rtp } > 50)
        #expect(throws: FlightReplayError.self) { try replay(file) }
    }

    @Test func theSummarySaysWhatTheRecordHolds() throws {
        let file = try #require(stalled(seed: 9).simulator.flight())
        let text = FlightSummary(file).text
        #expect(text.contains("shard 0 of 1") && text.contains("longest time without a call 7"))
        let timeline = FlightTimeline(file)
        let lines = timeline.lines(last: 0.5)
        #expect(!lines.isEmpty && lines.count < file.entries.count)
        #expect(lines.last?.burst == file.head.burst)
        #expect(lines.contains { timeline.text($0).contains("-> sent: consumer") })
    }
}
