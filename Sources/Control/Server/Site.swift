import Cluster
import Contract
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Tenancy
import Trace

/// Everything the control side is made of, on its loop.
final class Site {
    let settings: Settings
    let plane: Plane
    let loop: any EventLoop
    let log: Logger
    let registry: Registry
    let gate: Gate
    /// Nil without the platform.
    let tenancy: Tenancy?
    let stays: Stays
    /// Nil for a host by itself.
    let cluster: ClusterNode?
    let whereabouts: Whereabouts
    /// Nil without the platform.
    let bitrates: BitrateWatch?
    let whip: Whip
    let signaling: Signaling
    let remote: Remote
    let router: Router
    /// Nil without TLS.
    let tls: NIOSSLContext?
    let spans: Spans
    let certificateDates: CertificateDates
    var connectionCount = 0
    var connectionsRefused: UInt64 = 0
    /// Succeeds when draining is over.
    let finished: EventLoopPromise<Void>
    private(set) var isFinished = false
    var beganDraining: (() -> Void)?
    /// A new process has been started to take over.
    var isHandingOver = false
    /// To the cluster.
    var clusterReports: RepeatedTask?
    /// Who wants to hear that this runs.
    var serviceManager = ServiceManager()
    let startSeconds = Date().timeIntervalSince1970

    init(
        settings: Settings, plane: Plane, tenancy: Tenancy?, cluster: ClusterNode? = nil, tls: NIOSSLContext?,
        spans: Spans = Spans(areWanted: false), loop: any EventLoop, log: Logger
    ) {
        self.tls = tls
        self.spans = spans
        certificateDates = CertificateDates(
            [("http", settings.tls?.certificate), ("grpc", settings.grpc?.certificate)].compactMap { listener, path in
                path.map { (listener, $0) }
            })
        self.settings = settings
        self.plane = plane
        self.tenancy = tenancy
        self.loop = loop
        self.log = log
        registry = Registry(
            plane: plane, roomPeersMax: settings.roomPeersMax,
            slotsMax: SlotsMax(audio: settings.audioSlots, video: settings.videoSlots),
            offersFec: settings.offersFec, loop: loop, log: log)
        gate = Gate(
            tokens: Tokens(secret: settings.jwtSecret), tenancy: tenancy, isDevelopment: settings.isDevelopment,
            skipsAuthentication: settings.skipsAuthentication, loop: loop)
        stays = Stays(registry: registry, gate: gate)
        self.cluster = cluster
        whereabouts = Whereabouts(cluster, loop: loop)
        bitrates = tenancy.map { [registry, stays] in
            BitrateWatch(registry: registry, stays: stays, tenancy: $0, loop: loop)
        }
        bitrates?.begin()
        let announcement = Announcement(
            addresses: settings.publicAddresses, port: settings.publicPort ?? settings.dataPlane.mediaPort,
            takesTcp: settings.dataPlane.iceTcp, fingerprint: plane.fingerprint)
        whip = Whip(
            registry: registry, gate: gate, stays: stays, whereabouts: whereabouts, bitrates: bitrates,
            announcement: announcement, log: log)
        signaling = Signaling(
            registry: registry, gate: gate, stays: stays, whereabouts: whereabouts, bitrates: bitrates,
            announcement: announcement, limits: settings.signaling,
            chat: tenancy.map { TenantChat($0) } ?? MemoryChat(), log: log)
        signaling.spans = spans
        remote = Remote(registry: registry, announcement: announcement, loop: loop, log: log)
        router = Router(loop: loop)
        finished = loop.makePromise(of: Void.self)
        addRoutes()
        registry.becameEmpty = { [unowned self] in if registry.isDraining { finish() } }
        signaling.socketLost = { [unowned self] in finishSoonIfAlone() }
        registry.watchers.append { [unowned self] in if case .peerLeft = $0 { finishSoonIfAlone() } }
    }

    private func addRoutes() {
        router.addNow(.GET, "/health") { [unowned self] _, _ in health() }
        router.add(.GET, "/metrics") { [unowned self] _, _ in metrics() }
        router.add(.GET, "/rooms/*/stats") { [unowned self] in try roomStats($0, room: $1[0]) }
        // Without --dev there is no such address, which is what the page looks for.
        if settings.isDevelopment {
            router.add(.POST, "/dev/token") { [unowned self] request, _ in try devToken(request) }
        }
        router.add(.POST, "/flight") { [unowned self] request, _ in try writeFlight(request) }
        whip.addRoutes(to: router)
        if let tenancy { router.api = { [unowned self] in askPlatform($0, tenancy) } }
        let files = Files(WebFiles.all)
        router.fallback = { files.response(to: $0) }
    }

    // MARK: the end

    /// No new rooms from here on, while those that are open can still be joined; finishes when the last peer is gone or
    /// the time is up.
    func drain() {
        guard !registry.isDraining else { return }
        registry.isDraining = true
        beganDraining?()
        serviceManager.stopping()
        log.notice(
            "draining: no new rooms are opened",
            metadata: ["peers": "\(registry.peerCount)", "seconds": "\(settings.drainSeconds)"])
        finishIfAlone()
        guard !isFinished else { return }
        loop.assumeIsolated().scheduleTask(in: .seconds(Int64(settings.drainSeconds))) { self.finish() }
    }

    /// Nobody is there but, perhaps, sessions that wait for clients without a socket: those go elsewhere when they come back.
    private func finishIfAlone() {
        if registry.isDraining, registry.peerCount <= signaling.keptPeerCount { finish() }
    }

    /// When whoever told of it has done the rest.
    private func finishSoonIfAlone() {
        guard registry.isDraining else { return }
        loop.assumeIsolated().execute { self.finishIfAlone() }
    }

    private func finish() {
        guard !isFinished else { return }
        isFinished = true
        clusterReports?.cancel()
        // Before people are told to go elsewhere: their rooms must be free there.
        guard let cluster else { return endAll() }
        let bound = loop.scheduleTask(in: .seconds(2)) {}
        let withdrawn = loop.makeFutureWithTask { await cluster.withdraw() }
        withdrawn.whenComplete { _ in bound.cancel() }
        bound.futureResult.assumeIsolated().whenComplete { _ in self.endAll() }
    }

    private func endAll() {
        signaling.closeAll(.draining)
        whip.endAll()
        remote.endAll()
        // What was written to sockets and mailboxes in this pass goes out first.
        loop.assumeIsolated().scheduleTask(in: .milliseconds(50)) {
            self.registry.flushNow()
            self.finished.succeed(())
        }
    }
}
