import CSctp
import Channels
import Contract
import Testing

/// One at a time, whatever they are about: SCTP's associations and timers are the process's.
@Suite(.serialized) enum SctpTests {}

extension SctpTests {
    @Suite("Data channels")
    struct RelayTests {
        private func bytes(_ number: Int, count: Int = 4) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } + [UInt8](repeating: 7, count: count - 4)
        }

        private func number(_ bytes: [UInt8]) -> Int { bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

        @Test func tenThousandReliableMessagesArriveInOrderUnderFivePercentLoss() {
            let town = ChannelTown(clients: 3, lossPerMille: 50)
            #expect(town.begin())
            let (ada, grace, edsger) = (town.clients[0], town.clients[1], town.clients[2])
            ada.open(0, "chat")
            var sent = 0
            let isDone = town.steps {
                while sent < 10_000, ada.send(bytes(sent, count: 100), on: 0) { sent += 1 }
                return grace.messages.count >= 10_000 && edsger.messages.count >= 10_000
            }
            #expect(
                isDone,
                "\(grace.messages.count) and \(edsger.messages.count) of \(sent) after \(town.now / 1_000_000) ms")
            for client in [grace, edsger] {
                #expect(client.messages.map { number($0.bytes) } == Array(0..<10_000))
                #expect(client.messages.allSatisfy { $0.bytes.count == 100 && $0.payloadProtocol == 53 })
            }
            #expect(town.relay.counters.reliableDropped == 0 && town.relay.counters.messagesDropped == 0)
            #expect(ada.messages.isEmpty)
        }

        @Test func anUnreliableStreamIsNotHeldUpByLoss() {
            let unreliable = delaysOfAStream(unreliable: true)
            // Two links with a loss of a twentieth each.
            #expect(unreliable.count > 2600 && unreliable.count < 2850, "\(unreliable.count) arrived")
            #expect(unreliable[unreliable.count / 2] <= 10)
            #expect(unreliable.last! <= 60, "the latest came after \(unreliable.last!) ms")
            // What it would be like: a lost message holds up all that come after it until it has come again.
            let reliable = delaysOfAStream(unreliable: false)
            #expect(reliable.count == 3000)
            #expect(reliable.last! >= 200, "the latest came after \(reliable.last!) ms")
        }

        /// A hundred messages a second for thirty seconds under five percent loss: what arrived came after so many milliseconds.
        private func delaysOfAStream(unreliable: Bool) -> [UInt64] {
            let town = ChannelTown(clients: 2, lossPerMille: 50)
            #expect(town.begin())
            let (ada, grace) = (town.clients[0], town.clients[1])
            let delivery = ChannelDelivery(isUnordered: unreliable, limit: unreliable ? .retransmissions(0) : .none)
            ada.open(0, "pose", delivery)
            #expect(town.steps { ada.acknowledged == [0] })
            // Until the channel to the receiver is open and acknowledged, which may be lost and come again.
            for _ in 0..<200 {
                ada.send(bytes(0), on: 0, unreliable: unreliable)
                town.step()
            }
            #expect(grace.opened.values.first == .open(delivery, label: Array("pose".utf8), protocol: []))
            var sentAt: [Int: UInt64] = [:]
            for message in 1...3000 {
                sentAt[message] = town.now
                ada.send(bytes(message), on: 0, unreliable: unreliable)
                town.step()
                town.step()
            }
            for _ in 0..<400 { town.step() }
            return grace.messages.compactMap { message in
                sentAt[number(message.bytes)].map { (message.nanoseconds - $0) / 1_000_000 }
            }.sorted()
        }

        @Test func whatASlowReceiverHoldsUpGoesOnWithoutIt() {
            let town = ChannelTown(clients: 3)
            #expect(town.begin())
            let (ada, grace, edsger) = (town.clients[0], town.clients[1], town.clients[2])
            ada.open(0, "file")
            edsger.isAsleep = true
            var sent = 0
            let isDone = town.steps {
                while sent < 600, ada.send(bytes(sent, count: 16_000), on: 0) { sent += 1 }
                // Long enough to be late three times: each message costs the patience once.
                return grace.messages.count >= 20 && town.relay.counters.reliableDropped >= 3
            }
            #expect(isDone, "\(town.relay.counters)")
            #expect(sent < 600, "the sender was held back")
            #expect(grace.messages.map { number($0.bytes) } == Array(0..<grace.messages.count))
        }

        @Test func roomsAreApart() {
            let town = ChannelTown(clients: 3) { $0 == 2 ? 2 : 1 }
            #expect(town.begin())
            town.clients[0].open(0, "a")
            town.clients[0].send(bytes(1), on: 0)
            #expect(town.steps { town.clients[1].messages.count == 1 })
            for _ in 0..<100 { town.step() }
            #expect(town.clients[2].messages.isEmpty && town.clients[2].opened.isEmpty)
        }

        @Test func aMessageToOneArrivesThereAloneAndSaysWhoSentIt() {
            let town = ChannelTown(clients: 3)
            #expect(town.begin())
            town.clients[0].open(2, "whisper", protocol: "to:peer-2")
            town.clients[0].send(Array("psst".utf8), on: 2, 51)
            #expect(town.steps { town.clients[2].messages.count == 1 })
            #expect(
                town.clients[2].messages[0].payloadProtocol == 51
                    && town.clients[2].messages[0].bytes == Array("psst".utf8))
            let stream = town.clients[2].messages[0].stream
            #expect(stream % 2 == 1)
            #expect(
                town.clients[2].opened[stream]
                    == .open(ChannelDelivery(), label: Array("whisper".utf8), protocol: Array("from:peer-0".utf8)))
            for _ in 0..<100 { town.step() }
            #expect(town.clients[1].messages.isEmpty)
        }

        @Test func aChannelThatIsThereAlreadyIsUsed() {
            let town = ChannelTown(clients: 2)
            #expect(town.begin())
            town.clients[0].open(0, "chat")
            town.clients[1].open(4, "chat")
            #expect(town.steps { town.clients.allSatisfy { !$0.acknowledged.isEmpty } })
            town.clients[0].send(bytes(5), on: 0)
            #expect(town.steps { town.clients[1].messages.count == 1 })
            #expect(town.clients[1].messages[0].stream == 4 && town.clients[1].opened.isEmpty)
        }

        @Test func aClosedChannelIsClosedInBothDirections() {
            let town = ChannelTown(clients: 2)
            #expect(town.begin())
            town.clients[0].open(0, "chat")
            #expect(town.steps { town.clients[0].acknowledged == [0] })
            #expect(cs_reset_stream(town.clients[0].association, 0) == 0)
            #expect(town.steps { town.clients[0].closed == [0] })
            town.clients[0].send(bytes(1), on: 0)
            #expect(town.steps { town.relay.counters.malformed == 1 })
        }

        @Test func tooMuchIsRefused() {
            let town = ChannelTown(clients: 2)
            #expect(town.begin())
            for channel in 0..<UInt16(40) { town.clients[0].open(channel * 2, "c\(channel)") }
            #expect(town.steps { town.relay.counters.channelsRefused == 8 })
            town.clients[0].send([UInt8](repeating: 1, count: ChannelRelay.messageBytesMax + 1), on: 0)
            #expect(town.steps { town.relay.counters.tooLong == 1 })
            town.clients[0].send([UInt8](repeating: 1, count: ChannelRelay.messageBytesMax), on: 0)
            #expect(town.steps { town.clients[1].messages.last?.bytes.count == ChannelRelay.messageBytesMax })
        }

        @Test func garbageHarmsNobody() {
            let town = ChannelTown(clients: 2)
            #expect(town.begin())
            var seed: UInt64 = 5
            for length in 0..<2000 {
                let junk = (0..<length % 300).map { _ in
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1
                    return UInt8(truncatingIfNeeded: seed >> 40)
                }
                junk.withUnsafeBytes { town.relay.receive($0, of: 0) }
            }
            town.clients[0].send([3, 0, 0], on: 0, 50)
            town.clients[0].open(2, "chat")
            town.clients[0].send(bytes(1), on: 2)
            #expect(town.steps { town.clients[1].messages.count == 1 })
            #expect(town.relay.counters.malformed == 1)
        }

        @Test func whoLeavesIsForgotten() {
            let town = ChannelTown(clients: 3)
            #expect(town.begin())
            town.relay.leave(2)
            town.clients[0].open(0, "chat")
            town.clients[0].send(bytes(1), on: 0)
            #expect(town.steps { town.clients[1].messages.count == 1 })
            #expect(town.relay.counters.membersNow == 2)
        }

        @Test func openingsAreReadAsTheyWereWritten() {
            let deliveries = [
                ChannelDelivery(), ChannelDelivery(isUnordered: true, limit: .milliseconds(300)),
                ChannelDelivery(limit: .retransmissions(3)),
            ]
            for delivery in deliveries {
                let open = ChannelMessage.open(delivery, label: Array("æ".utf8), protocol: [])
                #expect(open.bytes.withUnsafeBytes { ChannelMessage($0) } == open)
                for length in 0..<open.bytes.count {
                    #expect(open.bytes.prefix(length).withUnsafeBytes { ChannelMessage($0) } == nil)
                }
            }
        }
    }
}
