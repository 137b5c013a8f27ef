import Contract

/// The shards' counters, by name.
enum ShardMetrics {
    private typealias Family = (
        name: String, kind: MetricsText.Kind, help: String, value: @Sendable (ShardReport) -> UInt64
    )

    private static let families: [Family] = [
        ("datagrams_received_total", .counter, "Datagrams that came in.", { $0.datagramsReceived }),
        ("bytes_received_total", .counter, "Bytes of datagrams that came in.", { $0.bytesReceived }),
        ("stun_handled_total", .counter, "STUN requests answered.", { $0.stunHandled }),
        ("dtls_passed_total", .counter, "DTLS datagrams passed to the handshake thread.", { $0.dtlsPassed }),
        ("rtcp_handled_total", .counter, "RTCP packets taken in.", { $0.rtcpHandled }),
        ("rtp_accepted_total", .counter, "RTP packets taken in and offered to consumers.", { $0.rtpAccepted }),
        ("rtx_accepted_total", .counter, "RTX packets and probes taken in.", { $0.rtxAccepted }),
        ("handed_over_total", .counter, "Datagrams passed to the shard that owns their peer.", { $0.handedOver }),
        (
            "trunk_offered_total", .counter, "Pairs of accepted packet and other shard with members of its room.",
            { $0.trunkOffered }
        ),
        ("trunk_passed_total", .counter, "Packets passed to other shards.", { $0.trunkPassed }),
        ("trunk_received_total", .counter, "Packets that came from other shards.", { $0.trunkReceived }),
        ("offered_total", .counter, "Pairs of accepted packet and consumer.", { $0.offered }),
        ("forwarded_total", .counter, "Packets sent to consumers.", { $0.forwarded }),
        ("bytes_forwarded_total", .counter, "Bytes sent to consumers.", { $0.bytesForwarded }),
        ("retransmitted_total", .counter, "Packets sent again as RTX.", { $0.retransmitted }),
        ("parity_packets_sent_total", .counter, "Packets of FlexFEC sent to consumers.", { $0.parityPacketsSent }),
        ("parity_bytes_sent_total", .counter, "Bytes of FlexFEC sent to consumers.", { $0.parityBytesSent }),
        (
            "parity_refused_total", .counter, "Packets that FlexFEC was wanted for when all places for it were taken.",
            { $0.parityRefused }
        ),
        ("nacks_received_total", .counter, "Packets that consumers asked for again.", { $0.nacksReceived }),
        ("nacks_sent_total", .counter, "Packets asked for again from producers.", { $0.nacksSent }),
        ("keyframes_requested_total", .counter, "PLI sent to producers.", { $0.keyframesRequested }),
        ("keyframe_requests_received_total", .counter, "PLI and FIR from consumers.", { $0.keyframeRequestsReceived }),
        ("padding_sent_total", .counter, "Packets of padding sent to probe links.", { $0.paddingSent }),
        ("runs_sent_total", .counter, "Sends, each of one run of segments.", { $0.runsSent }),
        ("segments_sent_total", .counter, "Datagrams sent within runs.", { $0.segmentsSent }),
        ("zero_copy_sends_total", .counter, "Runs sent without a copy in the kernel.", { $0.zeroCopySends }),
        (
            "zero_copy_sends_copied_total", .counter, "Runs of --zero-copy that the kernel copied after all.",
            { $0.zeroCopySendsCopied }
        ),
        ("send_errors_total", .counter, "Sends that the kernel refused.", { $0.sendErrors }),
        ("bursts_total", .counter, "Bursts processed.", { $0.bursts }),
        ("kernel_enters_total", .counter, "System calls of the packet loop.", { $0.kernelEnters }),
        ("events_lost_total", .counter, "Events that found the mailbox full.", { $0.eventsLost }),
        ("commands_ignored_total", .counter, "Commands that named nothing open.", { $0.commandsIgnored }),
        ("cpu_nanoseconds_total", .counter, "CPU time of the shard's thread.", { $0.cpuNanoseconds }),
        ("allocations_total", .counter, "Allocations by the shard's thread while serving.", { $0.allocations }),
        ("bursts_over_budget_total", .counter, "Bursts that took longer than 10 ms.", { $0.burstsOverBudget }),
        ("longest_burst_nanoseconds", .gauge, "The longest burst of the last second.", { $0.longestBurstNow }),
        ("shed_level", .gauge, "How much is left out for want of time; 0 for nothing.", { $0.shedLevelNow }),
        ("busy_percent", .gauge, "What the shard used of its processor in the last second.", { $0.busyPercentNow }),
        ("rooms", .gauge, "Open rooms.", { $0.roomsNow }),
        ("peers", .gauge, "Open peers.", { $0.peersNow }),
        ("producers", .gauge, "Open producers.", { $0.producersNow }),
        ("consumers", .gauge, "Open consumers.", { $0.consumersNow }),
        ("slots_free", .gauge, "Free packet slots.", { $0.slotsFreeNow }),
        ("runs_free", .gauge, "Free runs.", { $0.runsFreeNow }),
        ("addresses", .gauge, "Validated addresses.", { $0.addressesNow }),
        ("tcp_connections", .gauge, "TCP connections.", { $0.tcpConnectionsNow }),
        ("tcp_connections_total", .counter, "TCP connections taken over.", { $0.tcpConnections }),
        (
            "tcp_refused_total", .counter, "TCP connections refused: too many, or nobody's.", { $0.tcpRefused }
        ),
        (
            "tcp_bad_frames_total", .counter, "TCP connections ended by a frame that is empty or too long.",
            { $0.tcpBadFrames }
        ),
        ("tcp_frames_received_total", .counter, "Frames that came by TCP.", { $0.tcpFramesReceived }),
        ("tcp_frames_sent_total", .counter, "Frames queued for TCP.", { $0.tcpFramesSent }),
        (
            "tcp_video_dropped_total", .counter, "Video packets left out for slow TCP connections.",
            { $0.tcpVideoDropped }
        ),
        (
            "tcp_urgent_dropped_total", .counter, "Other packets left out for slow or gone TCP connections.",
            { $0.tcpUrgentDropped }
        ),
        ("estimates", .gauge, "Peers whose link is estimated.", { $0.estimatesNow }),
        (
            "estimated_bits_per_second", .gauge, "The sum of what those links carry.", { $0.estimatedBitsPerSecondNow }
        ),
        ("probes_total", .counter, "Probes of links that began.", { $0.probesBegun }),
        (
            "probes_given_up_total", .counter, "Probes that nothing could be sent for.", { $0.probesGivenUp }
        ),
    ]

    /// The reports of the shards that answered, by shard.
    static func write(_ reports: [(shard: Int, report: ShardReport)], to text: inout MetricsText) {
        for family in families {
            let samples = reports.map { ("shard=\"\($0.shard)\"", family.value($0.report)) }
            text.family("shard_" + family.name, family.kind, family.help, samples)
        }
        writeByLabel(reports, to: &text)
        writeTimes(reports, to: &text)
    }

    private static func writeByLabel(_ reports: [(shard: Int, report: ShardReport)], to text: inout MetricsText) {
        let drops = reports.flatMap { shard, report in
            DropReason.allCases.map {
                ("shard=\"\(shard)\",reason=\"\($0.label)\"", report.drops[Int($0.rawValue)])
            }
        }
        text.family("shard_drops_total", .counter, "Packets not forwarded, by reason.", drops)
        let held = reports.flatMap { shard, report in
            PauseReason.allCases.filter { $0 != .none }.map {
                ("shard=\"\(shard)\",reason=\"\($0.label)\"", report.heldNow[Int($0.rawValue)])
            }
        }
        text.family("shard_consumers_held", .gauge, "Consumers of video that get nothing, by reason.", held)
        let forwarded = reports.flatMap { shard, report in
            RoomSize.allCases.map {
                ("shard=\"\(shard)\",members=\"\($0.label)\"", report.forwardedBySize[Int($0.rawValue)])
            }
        }
        text.family(
            "shard_forwarded_by_room_total", .counter,
            "Packets sent to consumers, by how many members their room has on the shard.",
            forwarded)
    }

    /// 1.5, 2, 2.5, 3, 4, 5, 7.5 and 10 times each power of ten.
    private static let objectiveSteps: Set = [0, 1, 2, 3, 5, 7, 12, 17]
    /// 2.5, 5 and 10 times.
    private static let coarseSteps: Set = [2, 7, 17]

    private static func writeTimes(_ reports: [(shard: Int, report: ShardReport)], to text: inout MetricsText) {
        text.histograms(
            "shard_forward_seconds", "Time from a burst's arrival until its last packet was ready to send, by packet.",
            steps: objectiveSteps, reports.map { ("shard=\"\($0.shard)\"", $0.report.forwardTime) })
        text.histograms(
            "shard_pacing_seconds", "Time from arrival to sending of packets that waited for a subscriber's link.",
            steps: coarseSteps, reports.map { ("shard=\"\($0.shard)\"", $0.report.pacingTime) })
        text.histograms(
            "shard_trunk_seconds", "Time that packets from other shards were on their way.",
            steps: coarseSteps, reports.map { ("shard=\"\($0.shard)\"", $0.report.trunkTime) })
    }
}
