import Foundation

/// What `millrace top` shows: a server, its shards, and the rooms that were asked for.
public struct TopPage: Codable, Equatable, Sendable {
    public var server: ServerFigures
    public var rooms: [RoomFigures]

    public init(server: ServerFigures, rooms: [RoomFigures] = []) {
        self.server = server
        self.rooms = rooms
    }

    /// One line of JSON, keys sorted.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Lines without escape sequences, none longer than `columns`.
    public func text(columns: Int) -> String {
        var lines = head + [""] + table(of: server.shards)
        if !server.drops.isEmpty { lines += ["", "drops/s  " + drops] }
        for room in rooms { lines += [""] + table(of: room) }
        return lines.map { String($0.prefix(columns)) }.joined(separator: "\n") + "\n"
    }

    private var head: [String] {
        let sizes = ["1-2", "3-8", "9-64", "65+"].map { "\($0): \(server.roomsBySize[$0] ?? 0)" }
        let state = server.isDraining ? "  draining" : ""
        return [
            "millrace \(server.version)\(state)  rooms \(server.rooms)  peers \(server.peers)"
                + "  joins/s \(Self.number(server.joins))  refused/s \(Self.number(server.joinsRefused))"
                + "  CPU \(Self.number(server.processCpuPercent)) %"
                + "  memory \(Self.number(server.residentBytes / 1_048_576)) MiB",
            "rooms by members  " + sizes.joined(separator: "  "),
        ]
    }

    private var drops: String {
        server.drops.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { reason, rate in
            "\(reason)\(ServerFigures.harmful.contains(reason) ? "!" : "") \(Self.number(rate))"
        }
        .joined(separator: "  ")
    }

    // MARK: Tables

    private func table(of shards: [ShardFigures]) -> [String] {
        let head = [
            "shard", "CPU %", "in/s", "out/s", "in Mb/s", "out Mb/s", "p50 ms", "p99 ms", "p99.9", "drops/s", "over/s",
            "shed", "seg/run", "rooms", "peers", "est", "est Mb/s", "held",
        ]
        let rows = shards.map { shard in
            guard shard.isAnswering else { return ["\(shard.shard)", "does", "not", "answer"] }
            return [
                "\(shard.shard)", Self.number(shard.cpuPercent), Self.number(shard.packetsIn),
                Self.number(shard.packetsOut), Self.number(shard.bitsIn / 1e6), Self.number(shard.bitsOut / 1e6),
                Self.time(shard.forwardP50), Self.time(shard.forwardP99), Self.time(shard.forwardP999),
                Self.number(shard.dropsHarmful), Self.number(shard.burstsOverBudget), "\(shard.shedLevel)",
                shard.segmentsPerRun.map { Self.number($0) } ?? "-", "\(shard.rooms)", "\(shard.peers)",
                "\(shard.estimates)", shard.estimateMean.map { Self.number($0 / 1e6) } ?? "-",
                "\(shard.heldForBandwidth)",
            ]
        }
        return Self.table(head, rows, leading: 1)
    }

    private func table(of room: RoomFigures) -> [String] {
        let rows = room.peers.map { peer in
            [
                peer.name, "\(peer.shard)", peer.isConnected ? "yes" : "no", Self.number(peer.bitsIn / 1e6),
                Self.number(peer.bitsOut / 1e6), Self.number(peer.roundTripMilliseconds),
                peer.estimate > 0 ? Self.number(peer.estimate / 1e6) : "-",
                peer.estimate > 0 ? Self.number(peer.allocated / 1e6) : "-", "\(peer.producers)", "\(peer.consumers)",
                "\(peer.held)",
            ]
        }
        let head = [
            "room \(room.room)", "shard", "on", "in Mb/s", "out Mb/s", "rtt ms", "est Mb/s", "layers", "sends", "gets",
            "held",
        ]
        return Self.table(head, rows, leading: 1)
    }

    /// Columns as wide as their widest cell, `leading` of them flush left.
    private static func table(_ head: [String], _ rows: [[String]], leading: Int) -> [String] {
        let widths = head.indices.map { column in
            ([head] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return ([head] + rows).map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column < leading ? row[column] + space : space + row[column]
            }
            .joined(separator: "  ")
        }
    }

    /// Three digits that count.
    static func number(_ value: Double) -> String {
        switch value {
        case 0: "0"
        case ..<10: String(format: "%.2f", value)
        case ..<100: String(format: "%.1f", value)
        case ..<10_000: String(format: "%.0f", value)
        case ..<1_000_000: String(format: "%.1fk", value / 1000)
        default: String(format: "%.2fM", value / 1_000_000)
        }
    }

    private static func time(_ milliseconds: Double?) -> String { milliseconds.map { number($0) } ?? "-" }
}
