import CPlatform
import Contract
import Handshake

/// The engine on a thread of its own.
public final class EngineThread {
    public let link: EngineLink
    public let fingerprint: FixedBytes<32>
    private var thread: UInt64 = 0
    /// As `ps -L` shows it.
    static let name = "load"

    private final class Start {
        let configuration: EngineConfiguration
        let link: EngineLink
        let context: DtlsContext
        init(configuration: EngineConfiguration, link: EngineLink, context: DtlsContext) {
            self.configuration = configuration
            self.link = link
            self.context = context
        }
    }

    /// Starts the thread. `tell` is called on it.
    public init(
        configuration: EngineConfiguration, profiles: [SrtpProfile], tell: @escaping @Sendable (EngineEvent) -> Void
    ) throws(LoadError) {
        let context: DtlsContext
        do { context = try DtlsContext(profiles: profiles) } catch { throw LoadError("no DTLS: \(error)") }
        fingerprint = context.fingerprint
        link = EngineLink(tell: tell)
        let start = Start(configuration: configuration, link: link, context: context)
        let argument = Unmanaged.passRetained(start).toOpaque()
        let error = cp_spawn(&thread, 0, { engineMain($0) }, argument)
        if error != 0 { throw LoadError("no thread: error \(error)") }
    }

    /// Tells it to stop and waits.
    public func stop() {
        link.send(.stop)
        _ = cp_join(thread)
    }

    fileprivate static func work(_ argument: UnsafeMutableRawPointer) {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        cp_name_thread(name)
        guard
            var engine = ClientEngine.make(configuration: start.configuration, link: start.link, context: start.context)
        else {
            start.link.tell(.stopped(Snapshot()))
            return
        }
        engine.run()
    }
}

private func engineMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { EngineThread.work(argument) }
    return nil
}

/// Why a run did not come about, as a sentence for the operator.
public struct LoadError: Error, CustomStringConvertible, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }
}
