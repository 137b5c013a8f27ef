import CPlatform
import Glibc
import Memory

/// TCP by epoll: a connection that is `receiving` is read when it can be; one that is `sending` waits for room.
extension MmsgPort {
    mutating func askForTcp() {
        while tcp.nextToReceive() != nil {}
        while let index = tcp.nextToSend() { sendTcp(index, hasWaited: false) }
    }

    /// What has come for connections, and room that others have.
    mutating func serveTcp() {
        counters.kernelEnters &+= 1
        let count = Int(cp_epoll_take(tcp.epoll, readyConnections, 0))
        guard count > 0 else { return }
        for place in 0..<count {
            let entry = readyConnections[place]
            let index = Int(entry.tag)
            if entry.can_write, tcp.connections[index].holds.contains(.sending) { sendTcp(index, hasWaited: true) }
            if entry.can_read, tcp.connections[index].holds.contains(.receiving) { receiveTcp(index) }
        }
    }

    private mutating func receiveTcp(_ index: Int) {
        let space = tcp.receiveSpace(index)
        counters.kernelEnters &+= 1
        let result = cp_tcp_receive(tcp.connections[index].descriptor, space.bytes, Int(space.count))
        guard result != -Int(EAGAIN), result != -Int(EINTR) else { return }
        tcp.received(index, count: result)
    }

    private mutating func sendTcp(_ index: Int, hasWaited: Bool) {
        let descriptor = tcp.connections[index].descriptor
        let part = tcp.sendPart(index)
        counters.kernelEnters &+= 1
        let result = cp_tcp_send(descriptor, part.bytes, Int(part.count))
        let mustWait = result == -Int(EAGAIN) || result == -Int(EINTR)
        if mustWait != hasWaited {
            _ = cp_epoll_set_writing(tcp.epoll, descriptor, UInt32(truncatingIfNeeded: index), mustWait)
        }
        if !mustWait { tcp.sent(index, count: result) }
    }
}
