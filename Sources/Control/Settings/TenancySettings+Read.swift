import Foundation
import Tenancy

extension TenancySettings {
    /// `isForOneRun`: keys may be missing. Without a master key nothing that is stored can be used by another run, so that the
    /// database is for this run only, too, unless one is named.
    init(_ reader: inout SettingsReader, isForOneRun: Bool, isDevelopment: Bool, port: Int) {
        let masterKey = Self.key(
            .masterKey, &reader, missing: isForOneRun ? randomText(48) : nil, "; --dev makes one for its lifetime")
        let adminKey = reader.given(.adminKey).map { _ in Self.key(.adminKey, &reader, missing: nil, "") }
        let isLasting = reader.given(.masterKey) != nil || reader.given(.dataDirectory) != nil || !isForOneRun
        self.init(
            database: Self.database(&reader, isLasting: isLasting), masterKey: masterKey, adminKey: adminKey,
            host: "\(ProcessInfo.processInfo.hostName):\(port == 0 ? randomText(8) : String(port))",
            allowsPlainWebhooks: isDevelopment)
    }

    private static func key(
        _ setting: Setting, _ reader: inout SettingsReader, missing: String?, _ more: String
    ) -> String {
        guard let key = reader.given(setting) ?? missing, key.utf8.count >= keyBytesMin else {
            reader.refuse(setting, expected: "\(keyBytesMin) or more characters" + more)
            return ""
        }
        return key
    }

    private static func database(_ reader: inout SettingsReader, isLasting: Bool) -> Database {
        if let text = reader.given(.database) {
            let parts = text.components(separatedBy: "://")
            if parts.count == 1 { return .file(text) }
            if ["postgres", "postgresql"].contains(parts[0]), !parts[1].isEmpty { return .postgres(text) }
            reader.refuse(.database, expected: "postgres://USER:PASSWORD@HOST/NAME, or the path of an SQLite file")
        }
        guard let folder = reader.given(.dataDirectory) else { return isLasting ? .file("millrace.db") : .temporary }
        var isFolder: ObjCBool = false
        if !FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) || !isFolder.boolValue {
            reader.refuse(.dataDirectory, expected: "a folder that exists")
        }
        return .file(folder + "/millrace.db")
    }
}
