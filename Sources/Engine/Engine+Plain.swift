import Contract
import Forward
import Memory
import Peer
import Secure

/// Peers without ICE and DTLS: recorders and encoders at an address that the control side names. They share the shard's
/// media port; whose a packet is follows from where it comes from, as for everybody else.
extension Engine {
    mutating func connectPlain(_ handle: PeerHandle, _ connection: PlainConnection, now: UInt64) -> Bool {
        guard isCurrent(handle) else { return false }
        let index = handle.index
        let peer = peers + Int(index)
        guard !peer.pointee.isSecured, !peer.pointee.isConnected, connection.port != 0 else { return false }
        let media = Endpoint(high: connection.addressHigh, low: connection.addressLow, port: connection.port)
        let control = Endpoint(high: media.high, low: media.low, port: connection.rtcpPort)
        let hasControl = control.port != 0 && control.port != media.port
        // What somebody has proved to be its own is not taken away on a third party's word.
        var isTaken = !isFree(media)
        if hasControl, !isFree(control) { isTaken = true }
        guard !isTaken else {
            lose(index, .addressTaken)
            return true
        }
        peer.pointee.isPlain = true
        peer.pointee.ice.fix(AddressKey(media), now: now)
        learn(media, of: index)
        if hasControl { learn(control, of: index) }
        install(connection.keys, of: index)
        peer.pointee.isConnected = true
        peer.pointee.isSecured = true
        useSelectedAddress(index)
        post(.peerConnected(handle))
        if let keys = connection.keys { post(.peerSecured(handle, keys.profile)) }
        reschedule(index)
        return true
    }

    private mutating func isFree(_ endpoint: Endpoint) -> Bool { addresses.owner(of: endpoint) == nil }

    private mutating func install(_ keys: SrtpKeys?, of index: UInt32) {
        let peer = peers + Int(index)
        guard let keys else {
            peer.pointee.isClear = true
            peer.pointee.openingKey.installClear(by: &forward.cipher)
            forward.subscribers[Int(index)].key.installClear(by: &forward.cipher)
            return
        }
        peer.pointee.profile = keys.profile
        masterKeys[Int(index)] = keys
        peer.pointee.openingKey.install(keys, by: &forward.cipher)
        forward.subscribers[Int(index)].key.install(keys, by: &forward.cipher)
    }
}
