import Testing

@testable import Capacity

@Suite struct TextTests {
    private let planner = Planner(
        model: Machine.model, host: HostShape(processors: 8, memoryGigabytes: 32, gigabits: 10))

    @Test func theTable() throws {
        var workload = Machine.rooms(200, of: 4) { $0.name = "meeting" }
        workload.name = "a school"
        workload.joinsPerSecond = 5
        let text = try planner.plan(workload).text
        #expect(text == golden)
    }

    /// Changes with the model's numbers; the layout is what is looked at.
    private let golden = """
        a school, 5.00 joins a second
          200 x meeting of 4: all send, video of 1500 kbit/s, gcm

          in all  rooms  people  connections  packets/s in  packets/s out  Gbit/s in  Gbit/s out
                    200     800          800       192.5 k        553.3 k       1.39        4.13

          hosts            needed  to spare  in all  shards each  shards needed  GB each  Gbit/s out each  sockets each
          of 8 processors       1         1       2            7              7     0.48             4.13           830

          the busiest shard   people   busy      p50      p99
          with all hosts          60  9.9 %  0.29 ms  0.57 ms
          with one host lost     116   17 %  0.33 ms  0.59 ms
          at most                      70 %           20.0 ms

        With a shard less there would be too little packet slots of a shard. What decides: shards, 1 host
        (by themselves: network out 1, network in 1, memory 1, connections 1, processor of everything else 1).

        Prices are those of none, 1 processors, kernel , measured  at commit .

        """

    @Test func theArithmeticAddsUp() throws {
        let plan = try planner.plan(Machine.rooms(200, of: 4))
        let text = plan.explanation(planner)
        #expect(text.contains("the busiest shard, \(plan.worst.people) people"))
        #expect(text.contains("3300 ns  ="))
        #expect(text.contains("busy \(percent(plan.worst.busy))"))
        #expect(text.contains("Hosts: \(plan.shards) shards / 7 a host = \(plan.limits[0].hosts)."))
    }

    @Test func thePageStandsByItself() throws {
        var workload = Machine.rooms(200, of: 4)
        workload.name = "<meetings>"
        let page = try planner.plan(workload).page(planner)
        #expect(page.hasPrefix("<!doctype html>") && page.contains("&lt;meetings&gt;") && !page.contains("<meetings>"))
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("\"nan\""))
        for title in [
            "Load against people", "One way through the server against load", "What the processor time goes to",
        ] {
            #expect(page.contains(title))
        }
        #expect(try planner.holding(Machine.rooms(1, of: 4)).page(planner).contains("people in the largest room"))
    }

    @Test func figuresHaveThreeDigitsThatCount() {
        #expect(
            [0, 1.234, 12.34, 1234, 123_456, 12_345_678].map(short) == [
                "0", "1.23", "12.3", "1234", "123.5 k", "12.35 M",
            ])
        #expect(short(.nan) == "0" && percent(0.0456) == "4.6 %" && milliseconds(12.34) == "12.3 ms")
    }
}
