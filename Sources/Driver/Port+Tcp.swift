import Memory

/// TCP connections of a port. They are accepted elsewhere; the port frames, buffers and bounds them.
extension Port {
    /// Takes a connected, blocking descriptor over, with what has come and was not read yet. `source` is the other end. False
    /// when there are as many as can be: the descriptor is then the caller's to close.
    public mutating func adopt(_ descriptor: Int32, source: Endpoint) -> Bool {
        switch state {
        case .uring(let port): port.pointee.tcp.adopt(descriptor, source: source)
        case .mmsg(let port): port.pointee.tcp.adopt(descriptor, source: source)
        }
    }

    /// A peer is at the other end. What is not proven when the next `exchange` begins after its first frames is ended.
    public mutating func prove(_ connection: Endpoint) {
        switch state {
        case .uring(let port): port.pointee.tcp.prove(connection)
        case .mmsg(let port): port.pointee.tcp.prove(connection)
        }
    }

    /// Ends a connection; frames that wait are lost. Nothing happens when it has ended already.
    public mutating func close(_ connection: Endpoint) {
        switch state {
        case .uring(let port): port.pointee.tcp.close(connection)
        case .mmsg(let port): port.pointee.tcp.close(connection)
        }
    }

    public var tcpCounters: TcpCounters {
        switch state {
        case .uring(let port): port.pointee.tcp.counters
        case .mmsg(let port): port.pointee.tcp.counters
        }
    }
}
