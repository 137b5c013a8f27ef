/// From counters to rooms.
extension Profile {
    /// A stretch of time, as rates and means.
    struct Stretch {
        var seconds = 0.0
        var peers = 0.0
        var gauges: [String: Double] = [:]
        /// What counters gained, a second.
        var rates: [String: Double] = [:]
    }

    static let stretchSeconds = 3600.0

    /// The hour with the most people in it, or all of it when that is less.
    var busiest: Stretch {
        var best = Stretch()
        for first in moments.indices {
            let end = moments[first].seconds + Self.stretchSeconds
            let last = moments.lastIndex { $0.seconds <= end } ?? first
            guard last > first else { continue }
            let stretch = stretch(first...last)
            if stretch.peers > best.peers || best.seconds == 0 { best = stretch }
            // Later ones are only shorter.
            if last == moments.endIndex - 1 { break }
        }
        return best
    }

    private func stretch(_ range: ClosedRange<Int>) -> Stretch {
        var stretch = Stretch()
        stretch.seconds = max(moments[range.upperBound].seconds - moments[range.lowerBound].seconds, 1e-3)
        let names = Set(moments[range].flatMap(\.values.keys))
        for name in names {
            let values = moments[range].map { $0[name] }
            if name.hasSuffix("_total") {
                // A counter that fell began anew with its server.
                let gained = zip(values, values.dropFirst()).reduce(0) { $0 + ($1.1 >= $1.0 ? $1.1 - $1.0 : $1.1) }
                stretch.rates[name] = gained / stretch.seconds
            } else {
                stretch.gauges[name] = values.reduce(0, +) / Double(values.count)
            }
        }
        stretch.peers = stretch.gauges["millrace_control_peers"] ?? 0
        return stretch
    }

    /// Sizes by the label `members`, and what counts as one room of it when nobody is asked.
    static let sizes = [("1-2", 2), ("3-8", 5), ("9-64", 24), ("65+", 150)]

    /// The workload of the busiest hour: rooms by their sizes, with what their members sent and got on average.
    public func workload(name: String) throws(CapacityError) -> Workload {
        let hour = busiest
        let rooms = hour.gauges["millrace_control_rooms"] ?? 0
        guard hour.peers >= 1, rooms > 0 else {
            throw CapacityError("\(name): nobody was in a room in it; expected an hour with people")
        }
        let traffic = Traffic(hour)
        var workload = Workload(rooms: [])
        workload.name = name
        workload.joinsPerSecond = hour.rates["millrace_control_joins_total"] ?? 0
        for (size, usual) in Self.sizes {
            let count = hour.gauges["millrace_control_rooms_by_size:" + size] ?? 0
            let peers = hour.gauges["millrace_control_peers_by_room:" + size] ?? 0
            guard count >= 0.05 else { continue }
            let people = max(1, Int((peers > 0 ? peers / count : Double(usual)).rounded()))
            workload.rooms.append(traffic.kind(size, people: people, count: count))
        }
        if workload.rooms.isEmpty {
            let people = max(1, Int((hour.peers / rooms).rounded()))
            workload.rooms = [traffic.kind("rooms", people: people, count: rooms)]
        }
        return workload
    }

    /// What one publisher sends on average.
    struct Traffic {
        /// Of all members those that send.
        var sending: Double
        var audioShare: Double
        var videoKilobits: Double
        var feedback: Bool

        init(_ hour: Stretch) {
            // Each who sends has a producer of sound, and most one of video.
            let producers = hour.gauges["millrace_shard_producers"] ?? 0
            let peers = max(hour.peers, 1)
            let packets = hour.rates["millrace_shard_rtp_accepted_total"] ?? 0
            let bytes = hour.rates["millrace_shard_bytes_received_total"] ?? 0
            let datagrams = hour.rates["millrace_shard_datagrams_received_total"] ?? 0
            // Whatever is not media is small.
            let mediaBytes = max(0, bytes - max(0, datagrams - packets) * 100)
            let publishers = max(min(peers, (producers / 2).rounded(.up)), producers > 0 ? 1 : 0)
            sending = publishers / peers
            feedback = (hour.gauges["millrace_shard_estimates"] ?? 0) > 0
            (audioShare, videoKilobits) = Self.split(bytes: mediaBytes, packets: packets, publishers: publishers)
        }

        /// Sound and pictures are told apart by the sizes of their packets.
        static func split(bytes: Double, packets: Double, publishers: Double) -> (Double, Double) {
            let (small, large) = (
                Client.audioBytes + Client.headerBytes + 16, Client.payloadBytesMax + Client.headerBytes + 16
            )
            guard publishers > 0, packets > 0 else { return (0, 0) }
            let mean = min(max(bytes / packets, small), large)
            let voices = packets * (large - mean) / (large - small)
            let pictures = packets - voices
            let kilobits = pictures * (large - Client.headerBytes - 16) * 8 / 1000 / publishers
            return (min(1, voices / (publishers * Client.audioPerSecond)), (kilobits / 10).rounded() * 10)
        }

        func kind(_ name: String, people: Int, count: Double) -> RoomKind {
            var kind = RoomKind(people: people)
            kind.name = name
            kind.count = max(1, Int(count.rounded(.up)))
            kind.publishers = min(people, Int((Double(people) * sending).rounded(.up)))
            kind.audioShare = (audioShare * 100).rounded() / 100
            kind.videoKilobits = videoKilobits
            kind.feedback = feedback
            return kind
        }
    }
}
