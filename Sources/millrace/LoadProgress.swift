import CPlatform
import Foundation
import Glibc

/// Shows how a run goes: one line that is written over on a terminal, a line every five seconds elsewhere. On standard
/// error, since the report goes to standard output.
final class LoadProgress {
    private let isTerminal = isatty(2) == 1
    private let columns: Int
    private var nextNanoseconds: UInt64 = 0

    private static let intervalNanoseconds: UInt64 = 5_000_000_000

    init() {
        var size = winsize()
        columns = ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 200
    }

    func show(_ line: String) {
        if isTerminal { return write("\r\u{1B}[K" + line.prefix(columns - 1)) }
        let now = cp_now()
        guard now >= nextNanoseconds else { return }
        nextNanoseconds = now + Self.intervalNanoseconds
        write(line + "\n")
    }

    /// Leaves nothing on the terminal.
    func end() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
