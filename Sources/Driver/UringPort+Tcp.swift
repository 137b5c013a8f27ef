import CUring
import Glibc
import Memory

/// TCP by io_uring: one receive and one send of a connection at a time are with the kernel. Both leave a completion, since
/// the byte count matters.
extension UringPort {
    /// Asks for what connections want. True when a send is among it.
    mutating func askForTcp(_ departures: inout Departures) -> Bool {
        while !tcp.toReceive.isEmpty, makeRoom(&departures), let index = tcp.nextToReceive() {
            let space = tcp.receiveSpace(index)
            note(Self.noCell)
            cu_tcp_receive(
                ring, tcp.connections[index].descriptor, space.bytes, space.count,
                Tag.of(Tag.tcpReceive, UInt32(truncatingIfNeeded: index)))
        }
        var hasSent = false
        while !tcp.toSend.isEmpty, makeRoom(&departures), let index = tcp.nextToSend() {
            let part = tcp.sendPart(index)
            note(Self.noCell)
            cu_tcp_send(
                ring, tcp.connections[index].descriptor, part.bytes, part.count,
                Tag.of(Tag.tcpSend, UInt32(truncatingIfNeeded: index)))
            hasSent = true
        }
        return hasSent
    }

    mutating func receivedTcp(_ index: Int, _ result: Int32) {
        guard result == -EINTR || result == -EAGAIN else { return tcp.received(index, count: Int(result)) }
        tcp.release(index, .receiving)
        tcp.wait(index, toReceive: true)
    }

    mutating func sentTcp(_ index: Int, _ result: Int32) {
        guard result == -EINTR || result == -EAGAIN else { return tcp.sent(index, count: Int(result)) }
        tcp.release(index, .sending)
        tcp.wait(index, toReceive: false)
    }
}
