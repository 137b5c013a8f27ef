import Contract
import Driver
import Secure

/// `--name value` pairs and `--flags`. What nobody asks for is refused by `finish`.
struct Options {
    private var values: [String: String] = [:]
    private var asked: Set<String> = []

    init(_ words: some Sequence<String>) throws(BenchError) {
        var name: String?
        for word in words {
            if word.hasPrefix("--") {
                name = String(word.dropFirst(2))
                values[name!] = ""
            } else {
                guard let open = name else { throw BenchError("\"\(word)\" belongs to no option") }
                values[open] = word
                name = nil
            }
        }
    }

    mutating func text(_ name: String) -> String? {
        asked.insert(name)
        return values[name]
    }

    mutating func flag(_ name: String) -> Bool { text(name) != nil }

    mutating func number(_ name: String, _ otherwise: Int) throws(BenchError) -> Int {
        guard let text = text(name) else { return otherwise }
        guard let number = Int(text), number >= 0 else { throw BenchError("--\(name) \(text): expected a number") }
        return number
    }

    mutating func decimal(_ name: String, _ otherwise: Double) throws(BenchError) -> Double {
        guard let text = text(name) else { return otherwise }
        guard let number = Double(text), number >= 0 else { throw BenchError("--\(name) \(text): expected a number") }
        return number
    }

    mutating func numbers(_ name: String, _ otherwise: [Int]) throws(BenchError) -> [Int] {
        guard let text = text(name) else { return otherwise }
        let numbers = text.split(separator: ",").compactMap { Int($0) }.filter { $0 > 0 }
        guard !numbers.isEmpty else { throw BenchError("--\(name) \(text): expected numbers with commas") }
        return numbers
    }

    mutating func choice<Value>(_ name: String, _ choices: [(String, Value)]) throws(BenchError) -> (String, Value) {
        guard let text = text(name) else { return choices[0] }
        if let found = choices.first(where: { $0.0 == text }) { return found }
        throw BenchError("--\(name) \(text): expected " + choices.map(\.0).joined(separator: " or "))
    }

    func finish() throws(BenchError) {
        if let stranger = values.keys.first(where: { !asked.contains($0) }) {
            throw BenchError("there is no option --\(stranger)")
        }
    }

    static let profiles: [(String, SrtpProfile)] = [
        ("gcm", .aes128Gcm), ("gcm256", .aes256Gcm), ("sha1", .aes128CmSha1),
    ]
    static let libraries: [(String, CipherLibrary)] = [("ipsec-mb", .ipsecMB), ("openssl", .openSSL)]
    static let backends: [(String, PortConfiguration.Backend)] = [("io_uring", .uring), ("mmsg", .mmsg)]
}
