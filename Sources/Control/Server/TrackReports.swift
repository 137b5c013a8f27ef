import Contract
import Tenancy

/// Tells tenants' webhooks what their guests publish.
final class TrackReports {
    private let gate: Gate

    init(registry: Registry, gate: Gate) {
        self.gate = gate
        registry.watchers.append { [unowned self] happening in
            switch happening {
            case .producerOpened(let producer): tell(producer, isPublished: true)
            case .producerClosed(let producer): tell(producer, isPublished: false)
            default: break
            }
        }
    }

    /// What a peer published before its stay was known here.
    func begin(_ holder: any StayHolder) {
        guard let peer = holder as? Peer else { return }
        for producer in peer.producers { tell(producer, isPublished: true) }
    }

    private func tell(_ producer: Producer, isPublished: Bool) {
        guard let stay = producer.peer.stay else { return }
        gate.tell(
            TrackNews(
                stay: stay, isPublished: isPublished, trackId: "\(producer.peer.id)-\(producer.serial)",
                kind: "\(producer.kind)", source: "\(producer.source)"))
    }
}
