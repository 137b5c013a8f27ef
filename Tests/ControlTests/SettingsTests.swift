import Contract
import Tenancy
import Testing

@testable import Control

struct SettingsTests {
    private func read(_ flags: [Setting: [String]], _ environment: [String: String] = [:]) throws(SettingsError)
        -> Settings
    {
        try Settings(flags: flags, environment: environment, processorCount: 4)
    }

    @Test func developmentNeedsNoSetting() throws {
        let settings = try read([.development: ["true"]])
        #expect(settings.jwtSecret.utf8.count >= 32)
        #expect(settings.publicAddresses == ["127.0.0.1"])
        #expect(settings.httpAddresses == ["127.0.0.1", "::1"])
        #expect(settings.drainSeconds == 1)
    }

    @Test func everythingWrongIsNamedAtOnce() throws {
        let error = #expect(throws: SettingsError.self) {
            try read(
                [
                    .port: ["x"], .cpus: ["1,1"], .srtpProfiles: ["gcm128,des"], .bind: ["here"],
                    .jwtSecret: ["short-secret"], .masterKey: ["short-master"], .adminKey: ["short-admin"],
                    .database: ["mysql://short-database"],
                ],
                ["BACKEND": "epoll", "DRAIN_SECONDS": "-1", "LOG_LEVEL": "loud", "SHARDS": "3"])
        }
        let problems = try #require(error).problems
        #expect(
            Set(problems.map(\.setting)) == [
                .port, .cpus, .srtpProfiles, .bind, .jwtSecret, .backend, .drainSeconds, .logLevel, .shards,
                .masterKey, .adminKey, .database,
            ])
        let text = try #require(error).description
        #expect(text.contains("--port (PORT): given \"x\", expected a number from 0 to 65535"))
        for secret in ["short-secret", "short-master", "short-admin", "short-database"] {
            #expect(!text.contains(secret))
        }
    }

    @Test func logsAndSpansGoWhereTheyAreToldTo() throws {
        let settings = try read(
            [.development: ["true"]],
            ["LOG_FORMAT": "JSON", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318/", "TENANTS_IN_METRICS": "7"])
        #expect(settings.logFormat == .json && settings.collector == "http://127.0.0.1:4318/v1/traces")
        #expect(settings.tenancy?.namedTenants == 7)
        #expect(try read([.development: ["true"]]).logFormat == .text)
        for wrong in ["127.0.0.1:4318", "ftp://a", "http://", "http://u:p@a", "http://a/?x=1"] {
            #expect(throws: SettingsError.self) { try read([.development: ["true"], .collector: [wrong]]) }
        }
    }

    @Test func fecIsOfferedUnlessItIsOff() throws {
        #expect(try read([.development: ["true"]]).offersFec)
        #expect(try !read([.development: ["true"], .fec: ["off"]]).offersFec)
        #expect(try !read([.development: ["true"]], ["FEC": "off"]).offersFec)
    }

    @Test func aCertificateHasAKey() throws {
        let settings = try read([.development: ["true"], .tlsCertificate: ["a.pem"], .tlsPrivateKey: ["b.pem"]])
        #expect(settings.tls?.certificate == "a.pem" && settings.tls?.privateKey == "b.pem")
        #expect(try read([.development: ["true"]]).tls == nil)
        let wrong = #expect(throws: SettingsError.self) {
            _ = try read([.development: ["true"], .tlsPrivateKey: ["b.pem"]])
        }
        #expect(wrong?.problems.map(\.setting) == [.tlsCertificate])
    }

    @Test func grpcNeedsAKeyOrCertificates() throws {
        let key = String(repeating: "k", count: 32)
        func refused(_ flags: [Setting: [String]]) -> [Setting] {
            do {
                _ = try read(flags.merging([.development: ["true"], .grpcPort: ["9090"]]) { $1 })
                return []
            } catch { return error.problems.map(\.setting) }
        }
        #expect(try read([.development: ["true"]]).grpc == nil)
        #expect(refused([:]) == [.controlKey])
        #expect(refused([.controlKey: ["short"]]) == [.controlKey])
        #expect(refused([.controlKey: [key]]) == [])
        #expect(refused([.controlKey: [key], .grpcCertificate: ["a.pem"]]) == [.grpcPrivateKey])
        #expect(refused([.grpcClientAuthority: ["ca.pem"]]) == [.grpcCertificate])
        #expect(
            refused([.grpcClientAuthority: ["ca.pem"], .grpcCertificate: ["a.pem"], .grpcPrivateKey: ["b.pem"]]) == [])
    }

    @Test func aClusterNeedsAnAddressOfEachHostAndWhatAllHostsShare() throws {
        let key = String(repeating: "k", count: 32)
        let whole: [Setting: [String]] = [
            .development: ["true"], .redis: ["redis://:secret@10.0.0.5/1"], .hostId: ["a"],
            .hostUrl: ["https://a.example.org/"], .database: ["postgres://u@h/d"], .masterKey: [key], .jwtSecret: [key],
        ]
        func refused(_ change: [Setting: [String]]) -> [Setting] {
            do {
                _ = try read(whole.merging(change) { $1 })
                return []
            } catch { return error.problems.map(\.setting) }
        }
        let settings = try read(whole)
        let cluster = try #require(settings.cluster)
        #expect(cluster.url == "https://a.example.org")
        #expect(cluster.name == "a" && settings.tenancy?.host == "a")
        #expect(cluster.redis.password == "secret" && cluster.redis.database == 1)
        #expect(cluster.mediaAddresses == ["127.0.0.1:7000"])
        #expect(try read([.development: ["true"]]).cluster == nil)
        #expect(refused([.redis: ["h:port"]]) == [.redis])
        #expect(refused([.redis: []]) == [.hostUrl])
        #expect(refused([.hostId: ["a b"]]) == [.hostId])
        for url in [
            "", "a.example.org", "ftp://a.example.org", "https://a.example.org/calls", "https://u@a.example.org",
        ] {
            #expect(refused([.hostUrl: [url]]) == [.hostUrl])
        }
        #expect(refused([.database: ["millrace.db"]]) == [.database])
        #expect(refused([.masterKey: []]) == [.masterKey])
        #expect(refused([.jwtSecret: []]) == [.jwtSecret])
        // A password is not for everybody to read.
        let error = #expect(throws: SettingsError.self) {
            try read(whole.merging([.redis: ["redis://:secret@"]]) { $1 })
        }
        #expect(try !#require(error).description.contains("secret@"))
    }

    @Test func whatIsMissingIsNamed() throws {
        let error = #expect(throws: SettingsError.self) { try read([:]) }
        #expect(try #require(error).problems.map(\.setting) == [.publicAddress, .jwtSecret, .masterKey])
    }

    @Test func theDatabaseIsAFileUnlessAnAddressIsGivenAndLastsUnlessTheKeyDoesNot() throws {
        let key = String(repeating: "m", count: 32)
        func database(_ flags: [Setting: [String]]) throws -> TenancySettings.Database? {
            try read(flags.merging([.development: ["true"]]) { $1 }).tenancy?.database
        }
        #expect(try database([:]) == .temporary)
        #expect(try database([.masterKey: [key]]) == .file("millrace.db"))
        #expect(try database([.dataDirectory: ["/tmp"]]) == .file("/tmp/millrace.db"))
        #expect(try database([.database: ["/tmp/x.db"]]) == .file("/tmp/x.db"))
        #expect(try database([.database: ["postgres://u@h/d"]]) == .postgres("postgres://u@h/d"))
        let error = #expect(throws: SettingsError.self) { try database([.dataDirectory: ["/nowhere"]]) }
        #expect(try #require(error).problems.map(\.setting) == [.dataDirectory])
    }

    @Test func aFlagWinsOverItsVariable() throws {
        let secret = String(repeating: "s", count: 32)
        let settings = try read(
            [.port: ["9000"], .publicAddress: ["192.0.2.1", "2001:db8::1"]],
            [
                "PORT": "8000", "JWT_SECRET": secret, "MASTER_KEY": secret,
                "SRTP_PROFILES": "sha1,gcm128", "CPUS": "2,3", "BACKEND": "mmsg",
            ])
        #expect(settings.port == 9000)
        #expect(settings.jwtSecret == secret)
        #expect(settings.publicAddresses == ["192.0.2.1", "2001:db8::1"])
        #expect(settings.dataPlane.profiles == [.aes128CmSha1, .aes128Gcm])
        #expect(settings.dataPlane.cpus == [2, 3])
        #expect(settings.dataPlane.shardCount == 2)
        #expect(settings.dataPlane.backend == .mmsg)
    }

    @Test func candidatesNameThePublicPortWhereOneIsGiven() throws {
        #expect(try read([.development: ["true"]]).publicPort == nil)
        #expect(try read([.development: ["true"], .publicPort: ["7100"]]).publicPort == 7100)
        let error = #expect(throws: SettingsError.self) { try read([.development: ["true"], .publicPort: ["0"]]) }
        #expect(try #require(error).problems.map(\.setting) == [.publicPort])
    }

    @Test func anAddressThatIsBoundIsTheOneToAnnounce() throws {
        let secret = String(repeating: "s", count: 32)
        let settings = try read([.bind: ["192.0.2.7"]], ["JWT_SECRET": secret, "MASTER_KEY": secret])
        #expect(settings.publicAddresses == ["192.0.2.7"])
        #expect(settings.dataPlane.shardCount == 3)
    }
}
