import Platform
import Store
import StoreTesting
import Testing

/// A device that shows messages, goes away, and may come back without knowing how far it was.
private struct Device {
    let name: String
    let member: Member
    var shown: [Int64: Message] = [:]
    var reached: Int64 = 0
    var acknowledged: Int64 = 0
}

@Suite struct FeedTests {
    /// Two people with two devices each write, edit and react. In the end every device shows what there is, whether it
    /// remembered where it was or relied on what it had acknowledged.
    @Test(arguments: Backend.allCases, 1...8)
    func everyDeviceGetsEveryChangeInOrder(backend: Backend, seed: Int) async throws {
        var settings = PlatformSettings()
        settings.messagesBurst = 10_000
        try await World.run(backend, settings) { world in
            var generator = SeededGenerator(seed: seed)
            var devices: [Device] = []
            for user in ["ada", "bob"] {
                let member = try await world.member(user)
                for device in ["phone", "desk"] { devices.append(Device(name: device, member: member)) }
            }
            for step in 0..<250 {
                let index = Int.random(in: devices.indices, using: &generator)
                if Int.random(in: 0..<10, using: &generator) < 4 {
                    try await happen(step, devices[index].member, world, &generator)
                } else {
                    try await catchUp(&devices[index], world, &generator)
                }
            }
            let all = try await world.platform.sheet(of: .room("daily"), limit: 200, by: devices[0].member)
            let expected = Dictionary(uniqueKeysWithValues: all.messages.map { ($0.sequence, $0) })
            for index in devices.indices {
                try await catchUp(&devices[index], world, &generator)
                #expect(devices[index].shown == expected)
            }
            #expect(expected.count > 40 && !all.hasMore && all.messages.contains { $0.change != $0.sequence })
        }
    }

    /// Somebody writes something, or does something to a message.
    private func happen(
        _ step: Int, _ member: Member, _ world: World, _ generator: inout SeededGenerator
    ) async throws {
        let target = Int64.random(in: 1...20, using: &generator)
        do throws(PlatformError) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: _ = try await world.platform.edit(target, in: .room("daily"), body: "e\(step)", by: member)
            case 1: _ = try await world.platform.react("+1", to: target, in: .room("daily"), by: member)
            default: _ = try await world.platform.send("m\(step)", to: .room, clientKey: "k\(step)", from: member)
            }
        } catch {
            // Another one's message, or none.
            guard error.code == .notFound || error.code == .forbidden else { throw error }
        }
    }

    private func catchUp(_ device: inout Device, _ world: World, _ generator: inout SeededGenerator) async throws {
        // Without either it would get what changed last, and nothing before.
        let forgets = device.acknowledged > 0 && Bool.random(using: &generator)
        var after = forgets ? nil : device.reached
        var last = forgets ? device.acknowledged : device.reached
        while true {
            let page = try await world.platform.changes(
                in: .room("daily"), after: after, device: device.name, limit: 7, by: device.member)
            for message in page.messages {
                #expect(message.change > last)
                last = message.change
                device.shown[message.sequence] = message
            }
            device.reached = max(device.reached, last)
            if device.reached > device.acknowledged, Bool.random(using: &generator) {
                device.acknowledged = device.reached
                try await world.platform.acknowledge(
                    device.reached, device: device.name, in: .room("daily"), by: device.member)
            }
            guard page.hasMore else { return }
            after = last
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
