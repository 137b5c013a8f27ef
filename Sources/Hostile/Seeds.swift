import Foundation

/// The corpora that mutations begin with.
struct Seeds {
    let stun: [[UInt8]]
    let rtp: [[UInt8]]
    let rtcp: [[UInt8]]
    let dtls: [[UInt8]]

    /// Nil when a folder is not there or empty.
    init?(folder: String) {
        stun = Self.read(folder + "/stun")
        rtp = Self.read(folder + "/rtp")
        rtcp = Self.read(folder + "/rtcp")
        // The handshake corpus holds scripts with records in them: take what begins like a DTLS record.
        dtls = Self.read(folder + "/dtls").compactMap(Self.firstRecord) + Self.plainRecords
        if stun.isEmpty || rtp.isEmpty || rtcp.isEmpty { return nil }
    }

    private static func read(_ folder: String) -> [[UInt8]] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { FileManager.default.contents(atPath: folder + "/" + $0).map(Array.init) }
            .filter { !$0.isEmpty && $0.count < Volley.bytesMax }
    }

    private static func firstRecord(_ bytes: [UInt8]) -> [UInt8]? {
        guard
            let start = bytes.indices.dropLast().first(where: { (20...23).contains(bytes[$0]) && bytes[$0 + 1] == 0xFE }
            )
        else { return nil }
        return Array(bytes[start...].prefix(1400))
    }

    /// A fatal and a closing alert, a ChangeCipherSpec, application data, each as one record of epoch 0 and of epoch 1.
    private static let plainRecords: [[UInt8]] = [0, 1].flatMap { (epoch: UInt8) -> [[UInt8]] in
        let contents: [(UInt8, [UInt8])] = [
            (21, [2, 40]), (21, [1, 0]), (20, [1]), (23, Array(repeating: 7, count: 64)),
            (22, [14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ]
        return contents.map { [$0.0, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0, 0, 9, 0, UInt8($0.1.count)] + $0.1 }
    }
}
