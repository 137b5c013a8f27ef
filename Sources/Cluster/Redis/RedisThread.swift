import Foundation
import Glibc

/// A thread for blocking calls.
func startRedisThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread {
        // hiredis writes to sockets that may be closed.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        body()
    }
    thread.name = name
    thread.stackSize = 1 << 20
    thread.start()
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
    var milliseconds: Int { Int(seconds * 1000) }
}
