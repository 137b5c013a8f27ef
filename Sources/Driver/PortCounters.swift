import Glibc

/// What one port has done since it was made. All are sums.
@frozen
public struct PortCounters: BitwiseCopyable, Sendable {
    /// System calls of the packet path: io_uring_enter, or ppoll, recvmmsg and sendmmsg.
    public var kernelEnters: UInt64 = 0
    /// Completed receives, each of one sender.
    public var receives: UInt64 = 0
    /// Datagrams in them, after splitting what UDP_GRO merged.
    public var datagrams: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    /// Times that the kernel found no buffer to receive into. Datagrams then wait in the socket's own buffer.
    public var receiveNoBuffers: UInt64 = 0
    public var receiveErrors: UInt64 = 0
    /// Times that the socket was left alone for a while because receiving failed twice and more in a row.
    public var receivePauses: UInt64 = 0
    /// Times that the standing receive or the bell's watch had to be asked for again.
    public var rearms: UInt64 = 0
    /// Runs given to the kernel, also those that it refused.
    public var sends: UInt64 = 0
    public var segments: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// Runs that had to wait for room in the socket's send buffer.
    public var sendsDeferred: UInt64 = 0
    public var sendErrors = SendErrors()
    /// Runs that were sent without a copy, as the kernel told afterwards.
    public var zeroCopySends: UInt64 = 0
    /// Runs that were to be sent so and that the kernel copied after all: loopback, or a card that cannot gather.
    public var zeroCopySendsCopied: UInt64 = 0
    /// Runs that the kernel would not take so (too little lockable memory) and that were sent again the usual way.
    public var zeroCopySendsRefused: UInt64 = 0
    /// Times that completions did not fit the queue and were kept by the kernel.
    public var completionOverflows: UInt64 = 0
    public var bellsRung: UInt64 = 0
    public var bellsHeard: UInt64 = 0

    public init() {}
}

/// Runs that the kernel refused, by reason.
@frozen
public struct SendErrors: BitwiseCopyable, Sendable {
    /// ENOBUFS, ENOMEM: the network card's queue or memory is full.
    public var noBuffers: UInt64 = 0
    /// EPERM, EACCES: a firewall, or a broadcast address.
    public var notPermitted: UInt64 = 0
    /// ECONNREFUSED: word of an earlier datagram that found no port.
    public var connectionRefused: UInt64 = 0
    /// ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL, EAFNOSUPPORT: no way to this address.
    public var unreachable: UInt64 = 0
    /// EMSGSIZE, EINVAL: a segment is longer than the path takes.
    public var tooLong: UInt64 = 0
    /// EIO: the route takes no segmented sends.
    public var segmentationRefused: UInt64 = 0
    public var other: UInt64 = 0

    public init() {}

    public var total: UInt64 {
        noBuffers + notPermitted + connectionRefused + unreachable + tooLong + segmentationRefused + other
    }

    /// `errno` is positive.
    mutating func count(_ errno: Int32) {
        switch errno {
        case ENOBUFS, ENOMEM: noBuffers &+= 1
        case EPERM, EACCES: notPermitted &+= 1
        case ECONNREFUSED: connectionRefused &+= 1
        case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL, EAFNOSUPPORT: unreachable &+= 1
        case EMSGSIZE, EINVAL: tooLong &+= 1
        case EIO: segmentationRefused &+= 1
        default: other &+= 1
        }
    }
}
