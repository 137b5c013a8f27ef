import Glibc

/// The programs that measure. `tools/dev bench` runs them; each writes JSON lines to standard output and says what it does on
/// standard error.
@main
struct Bench {
    static let help = """
        usage: millrace-bench floor [--cpu N] [--receiver-cpu N] [--receivers N] [--runs 1,2,3,6,12] [--sizes 1100,120]
                                    [--srtp gcm|gcm256|sha1] [--library ipsec-mb|openssl] [--backend io_uring|mmsg]
                                    [--seconds S] [--pace MS] [--batch RUNS] [--plain-receivers] [--sink ADDRESS]
                                    [--zero-copy BYTES] [--registered-cells] [--plain-socket] [--plain-ring]
                                    [--pages ordinary|merged|reserved]
               millrace-bench receive [--kind whole|incremental] [--buffers N] [--buffer-bytes 2048,4096,16384,65536]
                                    [--runs 1] [--bytes 1100] [--burst 16] [--plain] [--cpu N] [--sender-cpu N] [--seconds S]
               millrace-bench micro [--case PREFIX] [--cpu N] [--list]

        """

    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        do throws(BenchError) {
            switch words.first {
            case "floor": try Floor(FloorOptions(Options(words.dropFirst()))).run()
            case "receive": try Receive(options: ReceiveOptions(Options(words.dropFirst()))).run()
            case "micro": try Micro.run(Options(words.dropFirst()))
            case "help", "--help", "-h", nil: print(help, terminator: "")
            default: throw BenchError("no program \"\(words[0])\"")
            }
        } catch {
            say("millrace-bench: \(error)\n\n" + help)
            exit(2)
        }
    }
}

/// Why nothing was measured, as a sentence.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// To standard error: standard output is for data.
func say(_ line: String) {
    let text = line + "\n"
    _ = text.withCString { write(2, $0, strlen($0)) }
}
