/// Sessions, rooms of two and chat.
extension Site {
    func writeSignaling(to text: inout MetricsText) {
        let counters = signaling.counters
        text.single(
            "control_sessions_kept", .gauge, "Sessions whose WebSocket was lost and that wait for their clients.",
            UInt64(signaling.keptCount))
        text.single(
            "control_sessions_resumed_total", .counter, "Sessions that went on with another WebSocket.",
            counters.resumed)
        text.single("control_pairs", .gauge, "Rooms of mode p2p.", UInt64(signaling.pairCount))
        text.single("control_pair_seats", .gauge, "People in rooms of mode p2p.", UInt64(signaling.pairSeatCount))
        text.single("chat_rooms", .gauge, "Rooms with somebody who may chat.", UInt64(signaling.chatLineCount))
        text.single("chat_members", .gauge, "Sessions that get their room's chat.", UInt64(signaling.chatSeatCount))
        text.family(
            "chat_told_total", .counter, "Of the chat, what was written or fetched.",
            [
                ("what=\"message\"", counters.chatMessages), ("what=\"change\"", counters.chatChanges),
                ("what=\"pending_page\"", counters.chatPending),
            ])
        text.single("chat_refused_total", .counter, "Chat requests that were refused.", counters.chatRefused)
        text.family(
            "control_limited_total", .counter, "Refused with RATE_LIMITED, by limit.",
            SignalingCounters.Limit.allCases.map { ("limit=\"\($0.rawValue)\"", counters.limited[$0] ?? 0) })
        text.single(
            "control_tenants_over_bitrate", .gauge, "Tenants that send more here than their quota allows.",
            UInt64(bitrates?.over.count ?? 0))
    }
}
