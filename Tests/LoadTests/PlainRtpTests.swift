import CPlatform
import Glibc
import Testing

@testable import Load

@Suite struct RtpToolTests {
    fileprivate final class Reflecting {
        var isDone = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        var port = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        init() {
            isDone.initialize(to: 0)
            port.initialize(to: 0)
        }
    }

    @Test func whatIsReflectedComesBackWhole() throws {
        let state = Reflecting()
        var thread: UInt64 = 0
        let argument = Unmanaged.passRetained(state).toOpaque()
        _ = cp_spawn(&thread, 0, { reflect($0) }, argument)
        while state.port.pointee == 0 { usleep(1000) }
        try #require(state.port.pointee > 0)
        var options = RtpSendOptions()
        options.streams = 3
        options.segments = 4
        options.packetsPerSecond = 4000
        options.durationSeconds = 0.2
        let address = try #require(RtpAddress("127.0.0.1:\(state.port.pointee)"))
        var sender = try RtpSender.make(to: address, options: options)
        sender.run { _ in false }
        state.isDone.pointee = 1
        _ = cp_join(thread)
        #expect(sender.report.sent > 0 && sender.report.isClean)
        #expect(sender.report.roundTrip.count == sender.report.sent)
        #expect(sender.report.counters.segments == sender.report.counters.sends * 4)
    }

    @Test func addressesAreReadAndWrongSettingsNamed() {
        #expect(RtpAddress("[::1]:5004")?.host == "::1" && RtpAddress("a.example:5")?.port == 5)
        for wrong in ["5004", ":5004", "host:", "host:70000"] { #expect(RtpAddress(wrong) == nil) }
        var options = RtpSendOptions()
        options.packetBytes = 10
        options.segments = 65
        #expect(options.mistakes.count == 2)
    }
}

/// Reflects until it is told to stop.
private func reflect(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    return RtpToolTests.work(argument)
}

extension RtpToolTests {
    fileprivate static func work(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        let state = Unmanaged<Reflecting>.fromOpaque(argument).takeRetainedValue()
        let (isDone, port) = (state.isDone, state.port)
        guard let address = RtpAddress("127.0.0.1:0"), var reflector = try? RtpReflector.make(listen: address) else {
            port.pointee = -1
            return nil
        }
        port.pointee = Int32(reflector.localPort)
        reflector.run { _ in isDone.pointee != 0 }
        return nil
    }
}
