import CSctp
import Contract
import Glibc

/// Channels and what goes over them.
extension ChannelRelay {
    // MARK: opening and closing

    func control(_ bytes: UnsafeRawBufferPointer, stream: UInt16, of number: Int) {
        switch ChannelMessage(bytes) {
        case .open(let delivery, let label, let name): accept(stream, delivery, label, name, of: number)
        case .acknowledge: members[number]?.channels[stream]?.isAcknowledged = true
        case nil: counters.malformed += 1
        }
    }

    private func accept(
        _ stream: UInt16, _ delivery: ChannelDelivery, _ label: [UInt8], _ name: [UInt8], of number: Int
    ) {
        guard let member = members[number], member.channels[stream] == nil,
            member.channels.count < Self.channelsMax
        else {
            counters.channelsRefused += 1
            if let member = members[number] { _ = cs_reset_stream(member.association, stream) }
            return touch(number)
        }
        members[number]?.channels[stream] = Channel(label: label, name: name, delivery: delivery, isAcknowledged: true)
        counters.channelsOpened += 1
        _ = send(
            ChannelMessage.acknowledge.bytes, ChannelMessage.controlProtocol, stream, ChannelDelivery(), to: number)
    }

    /// The member has closed its direction: ours is closed too (RFC 8831 §6.7).
    func close(_ stream: UInt16, of number: Int) {
        guard let member = members[number], member.channels[stream] != nil else { return }
        members[number]?.channels[stream] = nil
        _ = cs_reset_stream(member.association, stream)
        touch(number)
    }

    // MARK: relaying

    func relay(_ bytes: UnsafeRawBufferPointer, _ event: cs_event, of number: Int, now: UInt64) {
        guard let member = members[number], let channel = member.channels[event.stream] else {
            counters.malformed += 1
            return
        }
        counters.messagesReceived += 1
        var full: [Int] = []
        let receivers = self.receivers(of: member, number, channel)
        for receiver in receivers where !deliver(bytes, event.protocol, channel, from: member, to: receiver) {
            full.append(receiver)
        }
        guard !full.isEmpty else { return }
        members[number]?.held = HeldMessage(
            bytes: Array(bytes), payloadProtocol: event.protocol, channel: channel, receivers: full,
            deadline: now &+ Self.patienceNanoseconds)
    }

    func retry(_ number: Int, now: UInt64) {
        guard let member = members[number], var held = member.held else { return }
        held.receivers.removeAll { receiver in
            held.bytes.withUnsafeBytes { deliver($0, held.payloadProtocol, held.channel, from: member, to: receiver) }
        }
        if now >= held.deadline, !held.receivers.isEmpty {
            counters.reliableDropped += UInt64(held.receivers.count)
            held.receivers = []
        }
        members[number]?.held = held.receivers.isEmpty ? nil : held
    }

    private func receivers(of member: ChannelMember, _ number: Int, _ channel: Channel) -> [Int] {
        let others = (rooms[member.membership.room] ?? []).filter { $0 != number && members[$0]?.isUp == true }
        guard channel.name.starts(with: Self.to) else { return others }
        let id = channel.name.dropFirst(Self.to.count)
        return others.filter { members[$0]!.membership.id.array.elementsEqual(id) }
    }

    private static let to = Array("to:".utf8)
    private static let from = Array("from:".utf8)

    /// False when the message is reliable and the receiver has no room for it now.
    private func deliver(
        _ bytes: UnsafeRawBufferPointer, _ payloadProtocol: UInt32, _ channel: Channel, from sender: ChannelMember,
        to receiver: Int
    ) -> Bool {
        let isDirected = channel.name.starts(with: Self.to)
        let name = isDirected ? Self.from + sender.membership.id.array : channel.name
        guard let stream = stream(label: channel.label, name: name, isDirected: isDirected, channel, of: receiver),
            let target = members[receiver]?.channels[stream]
        else {
            counters.messagesDropped += 1
            return true
        }
        var delivery = target.delivery
        if !target.isAcknowledged { delivery.isUnordered = false }
        let status = send(bytes, payloadProtocol, stream, delivery, to: receiver)
        if status == 0 {
            counters.messagesSent += 1
            return true
        }
        if status == EWOULDBLOCK, delivery.isReliable { return false }
        counters.messagesDropped += 1
        return true
    }

    /// The receiver's channel for this label, opened if there is none.
    private func stream(
        label: [UInt8], name: [UInt8], isDirected: Bool, _ channel: Channel, of receiver: Int
    ) -> UInt16? {
        guard let member = members[receiver] else { return nil }
        let known = member.channels.filter { entry in
            entry.value.label == label
                && (isDirected ? entry.value.name == name : !entry.value.name.starts(with: Self.from))
        }
        if let stream = known.keys.min() { return stream }
        guard member.channels.count < Self.channelsMax else { return nil }
        // RFC 8832 §6: the DTLS server, which we are, takes odd streams.
        let free = stride(from: UInt16(1), to: UInt16(cs_streams), by: 2).first { member.channels[$0] == nil }
        guard let free else { return nil }
        let open = ChannelMessage.open(channel.delivery, label: label, protocol: name)
        guard send(open.bytes, ChannelMessage.controlProtocol, free, ChannelDelivery(), to: receiver) == 0 else {
            return nil
        }
        members[receiver]?.channels[free] = Channel(
            label: label, name: name, delivery: channel.delivery, isAcknowledged: false)
        counters.channelsOpened += 1
        return free
    }

    // MARK: sending

    private func send(
        _ bytes: [UInt8], _ payloadProtocol: UInt32, _ stream: UInt16, _ delivery: ChannelDelivery, to number: Int
    ) -> Int32 {
        bytes.withUnsafeBytes { send($0, payloadProtocol, stream, delivery, to: number) }
    }

    private func send(
        _ bytes: UnsafeRawBufferPointer, _ payloadProtocol: UInt32, _ stream: UInt16, _ delivery: ChannelDelivery,
        to number: Int
    ) -> Int32 {
        guard let member = members[number], let base = bytes.baseAddress else { return EINVAL }
        touch(number)
        return cs_send(member.association, stream, payloadProtocol, base, bytes.count, delivery.native)
    }
}
