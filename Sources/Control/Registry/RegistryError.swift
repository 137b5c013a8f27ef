/// Why nothing more can be opened.
enum RegistryError: Error, Equatable, CustomStringConvertible {
    /// The server is going down: no new rooms.
    case draining
    case roomFull(max: Int)
    /// Every shard has all the rooms it can hold.
    case roomsExhausted
    case peersExhausted
    case producersExhausted
    case roomProducersExhausted(max: Int)
    case peerProducersExhausted(max: Int)
    case consumersExhausted
    /// The shard is behind with what it was told already.
    case shardBusy
    /// The shard's processor is used up: one peer more would harm those who are in.
    case overloaded

    /// Why somebody is not let in, as in `/metrics`.
    static let labels = [
        "draining", "room_full", "rooms_exhausted", "peers_exhausted", "shard_busy", "overloaded", "other",
    ]

    var label: String {
        switch self {
        case .draining: "draining"
        case .roomFull: "room_full"
        case .roomsExhausted: "rooms_exhausted"
        case .peersExhausted: "peers_exhausted"
        case .shardBusy: "shard_busy"
        case .overloaded: "overloaded"
        // What an offer can meet, long after joining.
        case .producersExhausted, .roomProducersExhausted, .peerProducersExhausted, .consumersExhausted: "other"
        }
    }

    var description: String {
        switch self {
        case .draining: "the server is going down and opens no new rooms"
        case .roomFull(let max): "the room is full: it holds \(max) peers"
        case .roomsExhausted: "the server holds as many rooms as it can"
        case .peersExhausted: "the shards hold as many peers as they can"
        case .producersExhausted: "the room's shard holds as many producers as it can"
        case .roomProducersExhausted(let max): "the room holds \(max) producers, as many as it can"
        case .peerProducersExhausted(let max): "one peer may publish \(max) sources"
        case .consumersExhausted: "the room's shard holds as many consumers as it can"
        case .overloaded: "the room's shard has no processor time left for one peer more; try again later or elsewhere"
        case .shardBusy: "the room's shard is busy; try again in a moment"
        }
    }
}
