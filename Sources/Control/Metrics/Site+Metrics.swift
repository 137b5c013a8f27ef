import Contract

extension Site {
    /// Everything for `/metrics`; `reports` in the order of the shards, nil for one that gave none.
    func metricsText(_ reports: [ShardReport?]) -> String {
        var text = MetricsText()
        ShardMetrics.write(reports.enumerated().compactMap { shard, report in report.map { (shard, $0) } }, to: &text)
        text.family(
            "control_shard_answered", .gauge, "1 for a shard that gave its counters, 0 for one that was asked in vain.",
            reports.enumerated().map { ("shard=\"\($0)\"", $1 == nil ? 0 : 1) })
        writeControl(to: &text)
        writeRooms(to: &text)
        writeSignaling(to: &text)
        writeDoor(to: &text)
        writeChannels(to: &text)
        writeCluster(to: &text)
        writeTenants(to: &text)
        writeCertificates(to: &text)
        writeSpans(to: &text)
        writeFlight(to: &text)
        writeProcess(to: &text)
        return text.text
    }

    private func writeControl(to text: inout MetricsText) {
        let counters = registry.counters
        text.single("control_rooms", .gauge, "Rooms on the books.", UInt64(registry.rooms.count))
        text.single("control_peers", .gauge, "Peers on the books.", UInt64(registry.peerCount))
        text.single("control_joins_total", .counter, "Peers that came.", counters.joins)
        text.single("control_leaves_total", .counter, "Peers that went.", counters.leaves)
        text.family(
            "control_losses_total", .counter, "Peers that were lost, by reason.",
            PeerLoss.allCases.map { ("reason=\"\($0)\"", counters.losses[$0] ?? 0) })
        text.family(
            "control_joins_refused_total", .counter, "Peers that were not let in, by reason.",
            RegistryError.labels.map { ("reason=\"\($0)\"", counters.refusals[$0] ?? 0) })
        text.single("control_events_total", .counter, "Events from shards.", counters.events)
        text.single("control_stale_events_total", .counter, "Events about nobody.", counters.staleEvents)
        text.single("control_connections", .gauge, "HTTP and WebSocket connections.", UInt64(connectionCount))
        text.single("control_connections_refused_total", .counter, "Connections beyond the bound.", connectionsRefused)
        text.single("control_websockets", .gauge, "WebSocket connections.", UInt64(signaling.connectionCount))
        text.single("control_whip_sessions", .gauge, "WHIP and WHEP sessions.", UInt64(whip.sessions.count))
        text.single("control_draining", .gauge, "1 while the server opens no new rooms.", registry.isDraining ? 1 : 0)
        text.family(
            "control_places_free", .gauge, "Places to hand out, by shard and kind.",
            registry.shards.flatMap { shard in
                [
                    ("shard=\"\(shard.index)\",kind=\"room\"", UInt64(shard.rooms.freeCount)),
                    ("shard=\"\(shard.index)\",kind=\"peer\"", UInt64(shard.peers.freeCount)),
                    ("shard=\"\(shard.index)\",kind=\"producer\"", UInt64(shard.producers.freeCount)),
                    ("shard=\"\(shard.index)\",kind=\"consumer\"", UInt64(shard.consumers.freeCount)),
                ]
            })
        text.family(
            "control_commands_waiting", .gauge, "Commands that the shard's mailbox had no place for.",
            registry.shards.map { ("shard=\"\($0.index)\"", UInt64($0.commands.waitingCount)) })
    }

    private func writeRooms(to text: inout MetricsText) {
        var rooms: [RoomSize: UInt64] = [:]
        var peers: [RoomSize: UInt64] = [:]
        for room in registry.rooms.values where !room.peers.isEmpty {
            let size = RoomSize(members: UInt32(clamping: room.peers.count))
            rooms[size, default: 0] += 1
            peers[size, default: 0] += UInt64(room.peers.count)
        }
        text.family(
            "control_rooms_by_size", .gauge, "Rooms that somebody is in, by the number of peers in all.",
            RoomSize.allCases.map { ("members=\"\($0.label)\"", rooms[$0] ?? 0) })
        text.family(
            "control_peers_by_room", .gauge, "Peers by the number of peers in their room.",
            RoomSize.allCases.map { ("members=\"\($0.label)\"", peers[$0] ?? 0) })
    }

    private func writeDoor(to text: inout MetricsText) {
        guard let door = plane.doorCounters() else { return }
        text.family(
            "door_connections_total", .counter, "TCP connections that came in, by what became of them.",
            [
                ("outcome=\"passed\"", door.passed), ("outcome=\"refused\"", door.refused),
                ("outcome=\"late\"", door.late),
                ("outcome=\"displaced\"", door.displaced), ("outcome=\"left\"", door.left),
                ("outcome=\"mailbox_full\"", door.mailboxFull),
            ])
    }

    private func writeFlight(to text: inout MetricsText) {
        guard let flight = plane.flightCounters() else { return }
        text.family(
            "flight_records_total", .counter, "Times that flight records were written, by reason.",
            [("reason=\"request\"", flight.requests), ("reason=\"stall\"", flight.stalls)])
        text.single(
            "flight_failures_total", .counter, "Flight records that could not be written.", flight.failures)
    }

    private func writeChannels(to text: inout MetricsText) {
        let channels = plane.channelCounters()
        text.single("channel_members", .gauge, "Peers with data channels.", channels.membersNow)
        text.single("channel_opened_total", .counter, "Data channels opened by either side.", channels.channelsOpened)
        text.single("channel_refused_total", .counter, "Data channels beyond the bound.", channels.channelsRefused)
        text.single("channel_messages_received_total", .counter, "Messages that came.", channels.messagesReceived)
        text.single(
            "channel_messages_sent_total", .counter, "Messages relayed, one for each receiver.", channels.messagesSent)
        text.family(
            "channel_messages_dropped_total", .counter, "Messages not relayed, by reason.",
            [
                ("reason=\"no_room\"", channels.messagesDropped),
                ("reason=\"slow_receiver\"", channels.reliableDropped),
                ("reason=\"too_long\"", channels.tooLong), ("reason=\"malformed\"", channels.malformed),
            ])
    }

    private func writeCluster(to text: inout MetricsText) {
        guard let status = cluster?.status else { return }
        text.single("cluster_connected", .gauge, "1 while the cluster's Redis answers.", status.isConnected ? 1 : 0)
        text.single("cluster_hosts", .gauge, "Hosts of the cluster, this one among them.", UInt64(status.hosts.count))
        text.single("cluster_leases", .gauge, "Rooms that this host has.", UInt64(status.leases))
    }

    private func writeProcess(to text: inout MetricsText) {
        let process = ProcessNumbers()
        text.family("build_info", .gauge, "1; which version runs.", [("version=\"\(version)\"", 1)])
        text.single("process_start_seconds", .gauge, "When it started, Unix time.", UInt64(startSeconds))
        text.single("process_resident_bytes", .gauge, "Resident memory.", process.residentBytes)
        text.single("process_descriptors", .gauge, "Open descriptors.", process.descriptors)
        text.single("process_cpu_microseconds_total", .counter, "CPU time of all threads.", process.cpuMicroseconds)
    }
}
