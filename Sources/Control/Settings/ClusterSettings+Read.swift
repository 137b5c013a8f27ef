import Cluster
import Foundation

extension ClusterSettings {
    /// Nil without REDIS_ADDR.
    init?(_ reader: inout SettingsReader) {
        let name = Self.name(&reader)
        guard reader.given(.redis) != nil else {
            if reader.given(.hostUrl) != nil {
                reader.refuse(.hostUrl, expected: "--redis-addr (REDIS_ADDR) beside it, since it is for clusters")
            }
            return nil
        }
        var redis = reader.given(.redis).flatMap { RedisAddress($0) }
        if redis == nil { reader.refuse(.redis, expected: RedisAddress.expected) }
        let authority = Self.authority(&reader, redis)
        redis?.authority = authority
        let url = reader.given(.hostUrl).flatMap { Self.origin($0) }
        if url == nil {
            reader.refuse(
                .hostUrl, expected: "where clients reach this very host, such as https://a.example.org, without a path")
        }
        guard let redis, let url else { return nil }
        self.init(redis: redis, name: name, url: url)
    }

    private static func authority(_ reader: inout SettingsReader, _ redis: RedisAddress?) -> String? {
        guard let path = reader.given(.redisAuthority) else { return nil }
        if !FileManager.default.isReadableFile(atPath: path) || redis?.isSecure == false {
            reader.refuse(.redisAuthority, expected: "a PEM file that can be read, with REDIS_ADDR of rediss://")
        }
        return path
    }

    /// The machine's name unless another one is given.
    static func name(_ reader: inout SettingsReader) -> String {
        reader.value(
            .hostId, default: ProcessInfo.processInfo.hostName,
            expected: "1 to 64 letters, digits, \".\", \"_\" and \"-\""
        ) { text in
            let isPlain = text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
            }
            return isPlain && (1...64).contains(text.utf8.count) ? text : nil
        }
    }

    /// Scheme, host and port alone.
    private static func origin(_ text: String) -> String? {
        let plain = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard let url = URLComponents(string: plain), let host = url.host, !host.isEmpty, url.path.isEmpty,
            ["http", "https"].contains(url.scheme), url.query == nil, url.fragment == nil, url.user == nil
        else { return nil }
        return plain
    }
}
