import Cluster
import Glibc
import Logging
import Memory
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Protocol
import Tenancy
import Trace

/// The control side, running: one thread, one loop.
public final class Server: Sendable {
    private let group: MultiThreadedEventLoopGroup
    let site: NIOLoopBound<Site>
    // SAFETY: written by the main thread alone, before anybody else knows of the server.
    nonisolated(unsafe) private var listeners: [any Channel]
    private let bell: any Channel
    private let tenancy: Tenancy?
    private let cluster: ClusterNode?
    private let ends: Ends
    private let desk: HostDesk
    private let export: SpanExport?
    /// Of requests that were answered; on their way to a collector where one is set.
    public let spans: Spans
    private let certificates: Certificates?
    let plane: Plane
    let loop: any EventLoop

    private init(
        group: MultiThreadedEventLoopGroup, site: NIOLoopBound<Site>, listeners: [any Channel], bell: any Channel,
        tenancy: Tenancy?, cluster: ClusterNode?, ends: Ends, desk: HostDesk, certificates: Certificates?, spans: Spans,
        export: SpanExport?,
        plane: Plane
    ) {
        self.group = group
        self.site = site
        self.listeners = listeners
        self.bell = bell
        self.tenancy = tenancy
        self.cluster = cluster
        self.ends = ends
        self.desk = desk
        self.spans = spans
        self.export = export
        self.certificates = certificates
        self.plane = plane
        loop = group.any()
    }

    /// Ports that HTTP listens on, one for each address.
    public var ports: [Int] { listeners.compactMap { $0.localAddress?.port } }

    /// Starts the loop's thread and returns when the database is open and HTTP listens. The data plane must be running already.
    ///
    /// - Throws: `TenancyError` when the database cannot be used; what listening throws, or reading a certificate.
    public static func start(
        settings: Settings, plane: Plane, log: Logger, successor: Successor? = nil
    ) throws -> Server {
        let certificates = try settings.tls.map {
            try Certificates(chain: $0.certificate, key: $0.privateKey, log: log)
        }
        let tls = try certificates?.context()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.any()
        let ends = Ends()
        let desk = HostDesk()
        let spans = Spans(areWanted: settings.collector != nil)
        let tenancy: Tenancy?
        do {
            tenancy = try settings.tenancy.map { try Tenancy.open($0, desk: desk, log: log, ended: ends.tell) }
        } catch {
            try? group.syncShutdownGracefully()
            throw error
        }
        let news = ClusterNews()
        let cluster = settings.cluster.map { ClusterNode.start($0, log: log, tell: news.tell) }
        let site = try loop.submit {
            NIOLoopBound(
                Site(
                    settings: settings, plane: plane, tenancy: tenancy, cluster: cluster, tls: tls, spans: spans,
                    loop: loop, log: log
                ),
                eventLoop: loop)
        }.wait()
        ends.hear { ids, tokens in
            // Tokens are found in the database by all hosts themselves.
            if !ids.isEmpty { cluster?.publish(.kick(.with { $0.stayIds = ids })) }
            loop.execute { site.value.stays.end(ids, tokens: tokens) }
        }
        news.hear { event in loop.execute { site.value.hear(event) } }
        desk.serve(site)
        do {
            if let cluster { try loop.submit { site.value.beginReports(to: cluster) }.wait() }
            let bell = try loop.flatSubmit {
                BellChannel.open(plane.eventBell, on: loop) { site.value.registry.takeEvents() }
            }.wait()
            // Another process listens still.
            let listeners = successor == nil ? try listen(settings, site, group: group, log: log) : []
            let export = settings.collector.map {
                SpanExport(spans, to: $0, host: settings.tenancy?.host ?? "", log: log)
            }
            return Server(
                group: group, site: site, listeners: listeners, bell: bell, tenancy: tenancy, cluster: cluster,
                ends: ends, desk: desk, certificates: certificates, spans: spans, export: export, plane: plane)
        } catch {
            loop.execute { site.value.finished.succeed(()) }
            desk.serve(nil)
            ends.hear { _, _ in }
            news.hear { _ in }
            cluster?.close()
            tenancy?.close()
            certificates?.stop()
            try? group.syncShutdownGracefully()
            throw error
        }
    }

    /// In development an address that the host lacks (no IPv6) is passed over.
    private static func listen(
        _ settings: Settings, _ site: NIOLoopBound<Site>, group: MultiThreadedEventLoopGroup, log: Logger
    ) throws -> [any Channel] {
        var listeners: [any Channel] = []
        var port = settings.port
        for address in settings.httpAddresses {
            do {
                let channel = try bootstrap(site, group: group).bind(host: address, port: port).wait()
                listeners.append(channel)
                port = channel.localAddress?.port ?? port
            } catch let error as IOError
                where !listeners.isEmpty && [EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.errnoCode)
            {
                log.warning("HTTP does not listen on \(address): \(error)")
            }
        }
        return listeners
    }

    /// Listens where another process did; what has come since waits there.
    func listen(on descriptors: [Int32]) throws {
        for descriptor in descriptors {
            listeners.append(try Self.bootstrap(site, group: group).withBoundSocket(descriptor).wait())
        }
    }

    /// A new process takes over at each ring of this bell.
    public func upgrade(onRingsOf bell: Doorbell, program: String?) throws {
        let site = site
        let listeners = listeners
        _ = try loop.flatSubmit {
            BellChannel.open(bell, on: site.eventLoop) {
                Predecessor.begin(site.value, listeners: listeners, program: program)
            }
        }.wait()
    }

    private static func bootstrap(_ site: NIOLoopBound<Site>, group: MultiThreadedEventLoopGroup) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A TCP option: asked for as a socket option it is SO_DEBUG, which only root may set.
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try site.value.accept(channel) }
            }
    }

    /// Tells systemd, or whoever started this process and asked for it, that it serves, lives, and later that it drains.
    public func tell(_ manager: ServiceManager) { loop.execute { self.site.value.tell(manager) } }

    /// No one new from here on; `waitUntilFinished` returns when those who are there have gone or had their time.
    public func drain() { loop.execute { self.site.value.drain() } }

    public func waitUntilFinished() throws {
        try loop.flatSubmit { self.site.value.finished.futureResult }.wait()
    }

    /// Ends the loop's thread. The data plane is stopped by the caller.
    public func stop() throws {
        for listener in listeners { try? listener.close().wait() }
        try? bell.close().wait()
        // Also where nobody drained.
        try? loop.submit { self.site.value.finished.succeed(()) }.wait()
        try? loop.submit { self.site.value.clusterReports?.cancel() }.wait()
        cluster?.close()
        // Before the loop ends: what is asked of the platform answers there.
        tenancy?.close()
        ends.hear { _, _ in }
        desk.serve(nil)
        export?.stop()
        certificates?.stop()
        try group.syncShutdownGracefully()
    }

    /// Drains at the first ring and ends the process at the second: for signals, whose handlers can do no more than
    /// ring. The bell counts rings that come before the loop looks.
    public func drain(onRingsOf bell: Doorbell) throws {
        let site = site
        _ = try loop.flatSubmit {
            BellChannel.open(bell, on: site.eventLoop) {
                if site.value.registry.isDraining { _exit(1) }
                site.value.drain()
            }
        }.wait()
    }

    /// Writes the shards' flight records at each ring: for a signal, whose handler can do no more than ring.
    public func writeFlight(onRingsOf bell: Doorbell) throws {
        let site = site
        _ = try loop.flatSubmit {
            BellChannel.open(bell, on: site.eventLoop) { site.value.writeFlights() }
        }.wait()
    }

    /// For another control plane; it holds no longer than the server runs.
    public var remote: RemoteControl {
        let site = site
        return RemoteControl(loop: loop, cluster: cluster) { site.value.remote }
    }

    /// Runs `body` once, when draining begins.
    public func whenDraining(_ body: @escaping @Sendable () -> Void) {
        loop.execute { self.site.value.beganDraining = body }
    }

    /// For tests: runs `body` on the loop.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (Site) throws -> Value) throws -> Value {
        try loop.submit { try body(self.site.value) }.wait()
    }
}
