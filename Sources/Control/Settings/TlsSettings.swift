/// The files of HTTP's and WebSocket's certificate; they are read again when they change.
public struct TlsSettings: Sendable {
    /// Paths of PEM files.
    public var certificate: String
    public var privateKey: String

    public init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// Nil when none is given, or only half.
    init?(_ reader: inout SettingsReader) {
        switch (reader.given(.tlsCertificate), reader.given(.tlsPrivateKey)) {
        case (let certificate?, let privateKey?): self.init(certificate: certificate, privateKey: privateKey)
        case (nil, nil): return nil
        case (let certificate, _):
            let missing = certificate == nil ? Setting.tlsCertificate : .tlsPrivateKey
            reader.refuse(missing, expected: "a PEM file, since the other half is given")
            return nil
        }
    }
}
