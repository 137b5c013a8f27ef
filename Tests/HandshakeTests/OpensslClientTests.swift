import Contract
import Foundation
import Handshake
import Testing

/// The command `openssl s_client` as a client that shares nothing with the code under test but the library.
@Suite struct OpensslClientTests {
    @Test(arguments: [
        ("SRTP_AEAD_AES_128_GCM", SrtpProfile.aes128Gcm), ("SRTP_AEAD_AES_256_GCM", .aes256Gcm),
        ("SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32", .aes128CmSha1),
    ])
    func theCommandExportsTheSameKeys(profiles: String, expected: SrtpProfile) throws {
        let identity = try Identity()
        defer { identity.remove() }
        let context = try DtlsContext(profiles: allProfiles)
        let server = try DtlsEndpoint(
            context: context, role: .server, expectedFingerprint: identity.fingerprint)
        let socket = try LoopbackSocket()
        let length = 2 * (expected.keyBytes + expected.saltBytes)
        let client = try RunningCommand([
            "s_client", "-dtls1_2", "-connect", "127.0.0.1:\(socket.port)", "-use_srtp", profiles,
            "-cert", identity.certificatePath, "-key", identity.keyPath,
            "-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", String(length),
        ])
        socket.serve(server) { $0 != .handshaking }
        #expect(server.state == .established)
        client.say("Q\n")
        socket.serve(server) { $0 != .established }
        #expect(server.state == .lost(.closedByPeer))

        let material = try #require(keyMaterial(in: client.finish()))
        let keys = try #require(server.keys)
        #expect(keys.profile == expected)
        // RFC 5764 §4.2: client key, server key, client salt, server salt.
        let ours = keys.receiveKey.array + keys.sendKey.array + keys.receiveSalt.array + keys.sendSalt.array
        #expect(ours == material)
    }

    private func keyMaterial(in text: String) -> [UInt8]? {
        guard let line = text.split(separator: "\n").first(where: { $0.contains("Keying material: ") }),
            let digits = line.split(separator: " ").last
        else { return nil }
        return hexBytes(digits)
    }
}

private func hexBytes(_ text: some StringProtocol) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// `openssl` with a pipe at each end.
private final class RunningCommand {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = Pipe()
        try process.run()
    }

    func say(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }

    /// What it wrote, once it has ended.
    func finish() -> String {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}

/// A client's certificate in files.
private struct Identity {
    let folder: URL
    private(set) var fingerprint = FixedBytes<32>()
    var certificatePath: String { folder.appendingPathComponent("certificate.pem").path }
    var keyPath: String { folder.appendingPathComponent("key.pem").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try RunningCommand([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=client",
            "-keyout", keyPath, "-out", certificatePath,
        ]).finish()
        let printed = try RunningCommand(["x509", "-in", certificatePath, "-noout", "-fingerprint", "-sha256"]).finish()
        let digits = try #require(printed.split(separator: "=").last)
        fingerprint = try #require(hexBytes(digits.filter { $0 != ":" }).flatMap { FixedBytes($0) })
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}

/// One UDP socket on loopback for one client.
private final class LoopbackSocket {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        // A client that died must not hold the run up for ever.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// Passes datagrams until the endpoint's state pleases or the client is silent.
    func serve(_ endpoint: DtlsEndpoint, until isDone: (DtlsEndpoint.State) -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var isHeard = true
        while isHeard, !isDone(endpoint.state) {
            var sender = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            withUnsafeMutablePointer(to: &sender) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    let count = recvfrom(descriptor, &buffer, buffer.count, 0, address, &length)
                    isHeard = count > 0
                    buffer[..<max(count, 0)].withUnsafeBytes { endpoint.receive($0, now: 0) }
                    while let datagram = endpoint.nextDatagram() {
                        _ = sendto(descriptor, datagram, datagram.count, 0, address, length)
                    }
                }
            }
        }
    }
}
