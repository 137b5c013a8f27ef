import Platform
import Store
import StoreTesting
import Testing

/// A device that remembers what it was given, and loses its connection now and then.
private struct Device {
    let name: String
    let member: Member
    var feed: DeviceFeed?
    var got: [Int64] = []
    var pending: [ChatEvent] = []
}

@Suite struct FeedTests {
    /// Two people with two devices each write and read through two hosts, over a network that loses, repeats and reorders what
    /// hosts tell each other, while connections break and acknowledgements get lost.
    @Test(arguments: Backend.allCases, 1...8)
    func everyDeviceGetsEveryEventOnceAndInOrder(backend: Backend, seed: Int) async throws {
        var settings = PlatformSettings()
        settings.messagesBurst = 10_000
        try await World.run(backend, settings) { world in
            var generator = SeededGenerator(seed: seed)
            let room = Conversation.room("daily")
            var devices: [Device] = []
            for user in ["ada", "bob"] {
                let member = try await world.member(user)
                for device in ["phone", "desk"] { devices.append(Device(name: device, member: member)) }
            }
            for step in 0..<250 {
                let index = Int.random(in: devices.indices, using: &generator)
                switch Int.random(in: 0..<10, using: &generator) {
                case 0..<4:
                    if let event = try await happen(step, devices[index].member, world, &generator) {
                        // What the hosts tell: perhaps nothing, perhaps twice.
                        for other in devices.indices {
                            let copies = [0, 1, 1, 1, 2].randomElement(using: &generator) ?? 1
                            devices[other].pending += Array(repeating: event, count: copies)
                        }
                    }
                case 4: devices[index].feed = nil
                case 5: try await connect(&devices[index], room, world, &generator)
                default:
                    devices[index].pending.shuffle(using: &generator)
                    try await receive(&devices[index], room, world, &generator)
                }
            }
            // In the end all are connected and read what there is.
            let all = try await world.platform.events(of: room, after: 0, limit: 1000, by: devices[0].member)
            for index in devices.indices {
                devices[index].feed = nil
                try await connect(&devices[index], room, world, &generator)
                #expect(devices[index].got == all.map(\.sequence))
            }
            #expect(all.count > 40)
        }
    }

    /// Somebody does something that is an event, or nothing.
    private func happen(
        _ step: Int, _ member: Member, _ world: World, _ generator: inout SeededGenerator
    ) async throws -> ChatEvent? {
        let target = Int64.random(in: 1...20, using: &generator)
        do throws(PlatformError) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: return try await world.platform.edit(target, in: .room("daily"), body: "e\(step)", by: member)
            case 1: return try await world.platform.react("+1", to: target, in: .room("daily"), by: member)
            default:
                return try await world.platform.send("m\(step)", to: .room, clientKey: "k\(step)", from: member).event
            }
        } catch {
            // Another one's message, or none.
            guard error.code == .notFound || error.code == .forbidden else { throw error }
            return nil
        }
    }

    private func connect(
        _ device: inout Device, _ room: Conversation, _ world: World, _ generator: inout SeededGenerator
    ) async throws {
        // A device knows what it has; what it acknowledged may be less.
        var feed = try await world.platform.openFeed(
            of: device.name, in: room, after: device.got.last ?? 0, by: device.member)
        let acknowledged = try await world.platform.openFeed(of: device.name, in: room, by: device.member).delivered
        #expect(acknowledged <= device.got.last ?? 0)
        let step = feed.catchUp()
        device.feed = feed
        try await follow(step, &device, room, world, &generator)
    }

    private func receive(
        _ device: inout Device, _ room: Conversation, _ world: World, _ generator: inout SeededGenerator
    ) async throws {
        while let event = device.pending.popLast() {
            guard let step = device.feed?.offer(event) else { continue }
            try await follow(step, &device, room, world, &generator)
        }
    }

    private func follow(
        _ first: DeviceFeed.Step, _ device: inout Device, _ room: Conversation, _ world: World,
        _ generator: inout SeededGenerator
    ) async throws {
        var step = first
        while true {
            switch step {
            case .nothing: return
            case .deliver(let events):
                device.got += events.map(\.sequence)
                if let last = device.got.last, Bool.random(using: &generator) {
                    try await world.platform.acknowledge(last, device: device.name, in: room, by: device.member)
                }
                step = device.feed?.next() ?? .nothing
            case .fetch(let after):
                // Meanwhile others may tell more.
                while Bool.random(using: &generator), let event = device.pending.popLast() {
                    let meanwhile = device.feed?.offer(event)
                    #expect(meanwhile == .nothing)
                }
                let events = try await world.platform.events(of: room, after: after, limit: 7, by: device.member)
                step = device.feed?.fetched(events, isLast: events.count < 7) ?? .nothing
            }
        }
    }

    @Test func aFetchThatFailedIsTriedAgain() async throws {
        try await World.run { world in
            let ada = try await world.member("ada")
            _ = try await world.platform.send("1", to: .room, clientKey: "1", from: ada)
            let second = try await world.platform.send("2", to: .room, clientKey: "2", from: ada).event
            var feed = DeviceFeed(after: 0)
            var steps = [feed.offer(second), feed.offer(second)]
            feed.fetchFailed()
            steps.append(feed.offer(second))
            #expect(steps == [.fetch(after: 0), .nothing, .fetch(after: 0)])
            let events = try await world.platform.events(of: .room("daily"), after: 0, by: ada)
            steps = [feed.fetched(events, isLast: true), feed.next()]
            #expect(steps == [.deliver(events), .nothing] && feed.delivered == 2)
        }
    }

    @Test func onlyWhatThereIsCanBeAcknowledgedAndDevicesAreBounded() async throws {
        var settings = PlatformSettings()
        settings.devicesMax = 2
        try await World.run(.sqlite, settings) { world in
            let ada = try await world.member("ada")
            let room = Conversation.room("daily")
            _ = try await world.platform.send("1", to: .room, clientKey: "1", from: ada)
            func code(_ sequence: Int64, _ device: String) async -> PlatformError.Code? {
                await refusal {
                    try await world.platform.acknowledge(sequence, device: device, in: room, by: ada)
                }?.code
            }
            #expect(await code(2, "d1") == .validation)
            #expect(await code(-1, "d1") == .validation)
            #expect(await code(Int64.max, "d1") == .validation)
            #expect(await code(1, "d1") == nil)
            #expect(await code(1, "d2") == nil)
            #expect(await code(1, "d3") == .conflict)
        }
    }
}
