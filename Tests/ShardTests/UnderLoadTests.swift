import CAllocations
import Contract
import Driver
import Load
import Shard
import Testing

/// The backends that can be tested here.
let backends: [DataPlaneConfiguration.Backend] =
    PortProbe.host().uringRefusal == nil ? [.uring, .mmsg] : [.mmsg]

/// One at a time: each keeps a processor busy.
@Suite(.serialized) struct UnderLoadTests {
    static let forwardedMin: UInt64 = 20_000
    static let warmUpMin: UInt64 = 4_000

    @Test(arguments: backends) func aRunningShardAllocatesNothingAndCountsEverything(
        _ backend: DataPlaneConfiguration.Backend
    ) throws {
        let room = try RunningRoom(backend, subscribers: 24)
        #expect(room.plane.backend == backend)
        try room.join()
        try room.waitForEvents("everybody's handshake") { room.secured.count == room.peers.count }
        let warm = try room.waitForCounters("the first packets") { $0.forwarded >= Self.warmUpMin }
        let done = try room.waitForCounters("twenty thousand packets") {
            $0.forwarded >= warm.forwarded + Self.forwardedMin
        }
        // Debug code asks the runtime for the metadata of generic types as it goes.
        if Self.isOptimised, cp_counts_allocations() { #expect(done.allocations == warm.allocations) }
        expectEverythingCounted(done)
        let clients = try room.stopClients()
        expectWholeMedia(clients)
        try room.close()
        try expectReturn(room)
        #expect(room.lost.values.allSatisfy { $0 == .closedByPeer })
        room.plane.stop()
    }

    private static var isOptimised: Bool {
        #if DEBUG
        false
        #else
        true
        #endif
    }

    /// Every datagram is taken in or dropped for one reason, and so is every copy that a consumer could have had.
    private func expectEverythingCounted(_ report: ShardReport) {
        var onArrival: UInt64 = 0
        var onDeparture: UInt64 = 0
        for reason in DropReason.allCases {
            let count = report.drops[Int(reason.rawValue)]
            if reason.isOnDeparture { onDeparture += count } else { onArrival += count }
        }
        let takenIn =
            report.stunHandled + report.dtlsPassed + report.rtcpHandled + report.rtpAccepted + report.handedOver
        #expect(report.datagramsReceived == takenIn + onArrival)
        #expect(report.offered == report.forwarded + onDeparture)
    }

    private func expectWholeMedia(_ clients: Snapshot) {
        #expect(clients.packets.rtpReceived >= Self.forwardedMin)
        #expect(clients.packets.notAuthentic == 0 && clients.packets.malformed == 0)
        #expect(clients.packets.replayed == 0 && clients.packets.unknownStreams == 0)
        for tally in [clients.audio, clients.video] {
            #expect(tally.corrupt == 0 && tally.duplicated == 0 && tally.reordered == 0)
        }
    }

    /// The last sends may be with the kernel for a moment after their peers are gone.
    private func expectReturn(_ room: RunningRoom) throws {
        let after = try room.waitForCounters("the return of all runs") { $0.runsFreeNow == room.empty.runsFreeNow }
        #expect(after.slotsFreeNow == room.empty.slotsFreeNow && after.slotsFreeNow > 0)
        #expect(after.roomsNow == 0 && after.peersNow == 0 && after.producersNow == 0 && after.consumersNow == 0)
        #expect(after.addressesNow == 0)
        #expect(after.eventsLost == 0 && after.commandsIgnored == 0)
    }
}
