import Contract
import Glibc
import Memory
import NIOCore
import NIOPosix

/// Reads a doorbell on the event loop: the eventfd is a channel like any other, and each read is a wake-up.
enum BellChannel {
    /// The channel owns a duplicate of the bell's descriptor; `rung` runs on the loop after every wake-up.
    static func open(_ bell: Doorbell, on loop: any EventLoop, rung: @escaping () -> Void) -> EventLoopFuture<
        any Channel
    > {
        let descriptor = fcntl(bell.descriptor, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else {
            return loop.makeFailedFuture(IOError(errnoCode: errno, reason: "dup of an eventfd"))
        }
        let handler = NIOLoopBound(BellHandler(rung), eventLoop: loop)
        return NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .takingOwnershipOfDescriptor(input: descriptor)
            .map { $0 as any Channel }
    }
}

private final class BellHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let rung: () -> Void

    init(_ rung: @escaping () -> Void) { self.rung = rung }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { rung() }
}
