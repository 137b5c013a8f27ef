import Foundation
import Links

/// Plays what a server recorded through the estimator as it is now.
enum Replay {
    /// False when the file cannot be read.
    static func run(_ file: String) -> Bool {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            print("\(file) cannot be read")
            return false
        }
        var peers: [[UInt32]: ReplayedPeer] = [:]
        var (lines, changed) = (0, 0)
        for line in text.split(separator: "\n") {
            guard let feedback = try? JSONDecoder().decode(RecordedFeedback.self, from: Data(line.utf8)) else {
                continue
            }
            let key = [UInt32(feedback.shard), feedback.peer, feedback.incarnation]
            let peer = peers[key] ?? ReplayedPeer()
            peers[key] = peer
            let target = peer.take(feedback)
            lines += 1
            if target != feedback.target { changed += 1 }
            print(
                "\(feedback.shard):\(feedback.peer) at \(feedback.now / 1_000_000) ms recorded \(feedback.target) now \(target)"
            )
        }
        print("\(lines) feedbacks of \(peers.count) peers; \(changed) targets differ from what was recorded")
        return lines > 0
    }
}
