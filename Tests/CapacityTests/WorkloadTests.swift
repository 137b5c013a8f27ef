import Testing

@testable import Capacity

@Suite struct WorkloadTests {
    private func refusal(_ text: String) -> [String] {
        do throws(CapacityError) {
            _ = try Workload(json: text, name: "w.json")
            return []
        } catch { return error.lines }
    }

    @Test func whatIsLeftOutIsUsual() throws {
        let workload = try Workload(json: #"{"rooms": [{"people": 4}]}"#, name: "w.json")
        let room = try #require(workload.rooms.first)
        #expect(room.publishers == 4 && room.receivers == 4 && room.peers == 4 && room.feedback)
        #expect(room.videos == 9 && room.voices == 3 && room.cipher == .gcm && workload.growth == 1)
    }

    @Test func whatWasWrittenIsReadAgain() throws {
        var workload = Machine.rooms(7, of: 5) { ($0.layers, $0.layerShares, $0.cipher) = (2, [0.25, 0.75], .sha1) }
        workload.growth = 1.5
        #expect(try Workload(json: planJson(workload), name: "again") == workload)
    }

    @Test func everyMistakeIsNamedWithWhatWasExpected() {
        let lines = refusal(
            #"{"rooms": [{"peple": 4, "layers": 4}, {"people": 3.5, "cipher": "rot13"}, 5], "growth": "much"}"#)
        #expect(lines.count == 8)
        #expect(
            lines.contains {
                $0.hasPrefix("w.json.rooms[0].people is missing: expected a whole number from 1 to 100000")
            })
        #expect(lines.contains { $0.hasPrefix("w.json.rooms[0].peple is not known: expected audioShare, cipher") })
        #expect(lines.contains("w.json.rooms[0].layers: expected a whole number from 1 to 3, found the number 4"))
        #expect(
            lines.contains("w.json.rooms[1].people: expected a whole number from 1 to 100000, found the number 3.5"))
        #expect(lines.contains("w.json.rooms[1].cipher: expected gcm, gcm256, sha1, found \"rot13\""))
        #expect(lines.contains { $0.hasPrefix("w.json.rooms[2].people is missing") })
        #expect(lines.contains { $0.hasPrefix("w.json.rooms[2]: expected an object, found the number 5") })
        #expect(lines.contains("w.json.growth: expected a number from 0.001 to 1000, found \"much\""))
    }

    @Test func sharesOfLayersMakeOneTogether() {
        let text = #"{"rooms": [{"people": 4, "layers": 2, "layerShares": [0.5, 0.6]}]}"#
        #expect(
            refusal(text) == [
                "w.json.rooms[0].layerShares: expected 2 numbers, lowest layer first, that make 1 together"
            ])
    }

    @Test func whatIsNoJsonIsRefused() {
        #expect(refusal("rooms: 4") == ["w.json: not JSON"])
        #expect(refusal("{}") == ["w.json.rooms: expected a list of at least one kind of room"])
    }

    @Test func whoSendsAndReceivesMayHaveTwoConnections() {
        #expect(Machine.room(4) { $0.connections = 2 }.peers == 8)
        #expect(Machine.webinar(100) { $0.connections = 2 }.peers == 101)
    }

    @Test func growthRoundsUp() {
        var workload = Machine.rooms(10, of: 4)
        workload.growth = 1.1
        #expect(workload.grown.rooms[0].count == 11)
        workload.growth = 1.11
        #expect(workload.grown.rooms[0].count == 12)
    }
}
