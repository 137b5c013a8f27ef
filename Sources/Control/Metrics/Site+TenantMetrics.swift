import Tenancy

/// What tenants use of this host.
extension Site {
    func writeTenants(to text: inout MetricsText) {
        let now = tenantsNow()
        text.family(
            "tenant_rooms", .gauge, "Rooms of a tenant that somebody is in here.",
            Self.samples(now) { UInt64($0.rooms.count) })
        text.family(
            "tenant_participants", .gauge, "People of a tenant in calls here.", Self.samples(now) { $0.participants })
        let uses = tenancy?.tally.uses ?? [:]
        text.family(
            "tenant_participant_seconds_total", .counter, "Time that people of a tenant spent in calls here.",
            Self.samples(uses) { $0.participantMilliseconds / 1000 })
        text.family(
            "tenant_bytes_received_total", .counter, "Bytes of media that came from a tenant's people.",
            Self.samples(uses) { $0.bytesReceived })
        text.family(
            "tenant_bytes_sent_total", .counter, "Bytes of media that were sent to a tenant's people.",
            Self.samples(uses) { $0.bytesSent })
        text.family(
            "tenant_requests_total", .counter, "Requests of a tenant to the API.", Self.samples(uses) { $0.requests })
        text.family(
            "tenant_refusals_total", .counter, "Requests of a tenant to the API that were refused.",
            Self.samples(uses) { $0.refusals })
        text.single(
            "control_rooms_over_bitrate", .gauge, "Rooms that send more here than their own bitrate allows.",
            UInt64(bitrates?.overRooms.count ?? 0))
    }

    private struct Now {
        var rooms: Set<String> = []
        var participants: UInt64 = 0
    }

    private func tenantsNow() -> [String: Now] {
        var now: [String: Now] = [:]
        guard let tally = tenancy?.tally else { return now }
        for stay in stays.all {
            let name = tally.name(of: stay.app)
            now[name, default: Now()].rooms.insert(stay.roomKey)
            now[name, default: Now()].participants += 1
        }
        return now
    }

    /// A tenant's id is one of ours: it needs no escaping.
    private static func samples<Value>(
        _ values: [String: Value], _ number: (Value) -> UInt64
    ) -> [(labels: String, value: UInt64)] {
        values.sorted { $0.key < $1.key }.map { ("tenant=\"\($0.key)\"", number($0.value)) }
    }
}
