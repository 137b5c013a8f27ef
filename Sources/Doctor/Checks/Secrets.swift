import CSecure

/// What the server itself would refuse.
struct SettingsCheck: Check {
    let name = "settings"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard plan.settingProblems.isEmpty else {
            return plan.settingProblems.flatMap {
                broken($0, "the server does not start", mend: "millrace serve --help explains every setting")
            }
        }
        return good(plan.settingsFile.map { "\($0) is usable" } ?? "usable")
    }
}

/// The secret that tokens are signed with, and who can read it.
struct SecretCheck: Check {
    let name = "secret"
    private static let mend =
        "JWT_SECRET=$(openssl rand -base64 36), here and in the backend that makes tokens"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        var findings = reading(host, plan)
        if plan.takesAnyone, !plan.isDevelopment {
            findings += costs(
                "--skip-auth: WHIP and WHEP take anybody", "strangers publish and watch at your expense",
                mend: "remove --skip-auth (SKIP_AUTH)")
        }
        guard let secret = plan.secret else { return findings }
        if secret.utf8.count < plan.secretBytesMin {
            findings += broken(
                "the secret has \(secret.utf8.count) characters, \(plan.secretBytesMin) are the least",
                "tokens can be forged", mend: Self.mend)
        } else if let why = weakness(secret) {
            findings += broken("the secret \(why)", "tokens can be forged", mend: Self.mend)
        } else if findings.isEmpty {
            findings += good("long, varied, and nobody else's to read")
        }
        return findings
    }

    private func reading(_ host: Host, _ plan: Plan) -> [Finding] {
        guard let file = plan.settingsFile, let mode = host.mode(file), mode & 0o004 != 0 else { return [] }
        return broken(
            "every user of this host can read \(file)", "and forge tokens with the secret in it",
            mend: "chmod 640 \(file)")
    }

    private func weakness(_ secret: String) -> String? {
        if Set(secret.utf8).count < 10 { return "repeats few characters" }
        let lower = secret.lowercased()
        let known = ["changeme", "change-me", "change_me", "password", "example", "secret", "12345678", "development"]
        return known.first { lower.contains($0) }.map { "contains \"\($0)\"" }
    }
}

/// Certificate files, such as those of the TLS proxy in front.
struct CertificateCheck: Check {
    let name = "certificate"
    private static let warningDays = 21

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        plan.certificates.enumerated().flatMap { index, path in
            let findings = examine(path, host, plan, isFirst: index == 0)
            return findings.filter { $0.verdict != .good }.isEmpty ? findings : findings.filter { $0.verdict != .good }
        }
    }

    private func examine(_ path: String, _ host: Host, _ plan: Plan, isFirst: Bool) -> [Finding] {
        guard let pem = Host.bytes(host.root + path) else {
            return broken("\(path) cannot be read", "TLS does not start", mend: "ls -l \(path)")
        }
        let certificates = Certificate.all(in: pem)
        guard let first = certificates.first else {
            return broken(
                "\(path) holds no PEM certificate", "TLS does not start", mend: "openssl x509 -in \(path) -text")
        }
        var findings = certificates.flatMap { dates($0, path, host) }
        guard isFirst else { return findings }
        if let key = plan.certificateKey { findings += keyFindings(key, pem, path, host) }
        if let domain = plan.domain, !first.covers(domain, in: pem) {
            findings += broken(
                "\(path) is for \(first.subject), not for \(domain)", "browsers refuse the page",
                mend: "have one made for \(domain)")
        }
        return findings
    }

    private func dates(_ certificate: Certificate, _ path: String, _ host: Host) -> [Finding] {
        let now = host.probes.unixSeconds
        let days = Int((certificate.notAfter - now) / 86400)
        let what = "\(certificate.subject) in \(path)"
        let mend = "renew it, and reload what serves it (certbot renew, caddy reload)"
        if certificate.notAfter <= now {
            return broken("\(what) has expired \(-days) days ago", "browsers refuse the page", mend: mend)
        }
        if certificate.notBefore > now {
            return broken(
                "\(what) is not valid yet", "browsers refuse the page", mend: "timedatectl: is this host's clock right?"
            )
        }
        if days < Self.warningDays {
            return costs("\(what) ends in \(days) days", "browsers refuse the page from then on", mend: mend)
        }
        return good("\(what) is good for \(days) days")
    }

    private func keyFindings(_ key: String, _ pem: [UInt8], _ path: String, _ host: Host) -> [Finding] {
        guard let bytes = Host.bytes(host.root + key) else {
            return broken("\(key) cannot be read", "TLS does not start", mend: "ls -l \(key)")
        }
        if cs_certificate_has_key(pem, pem.count, bytes, bytes.count) != 1 {
            return broken(
                "\(key) is not the key of \(path)", "TLS does not start", mend: "name the pair that belongs together")
        }
        if let mode = host.mode(key), mode & 0o004 != 0 {
            return broken("every user of this host can read \(key)", "and pose as this host", mend: "chmod 640 \(key)")
        }
        return good("\(key) belongs to \(path)")
    }
}

/// What a check needs of one certificate of a PEM file.
struct Certificate {
    var subject: String
    var notBefore: Int64
    var notAfter: Int64

    static func all(in pem: [UInt8]) -> [Certificate] {
        (0..<16).lazy.map { index -> Certificate? in
            var facts = cs_certificate()
            guard cs_certificate_read(pem, pem.count, Int32(index), &facts) == 0 else { return nil }
            let subject = withUnsafeBytes(of: facts.subject) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            return Certificate(subject: subject, notBefore: facts.not_before, notAfter: facts.not_after)
        }.prefix { $0 != nil }.compactMap(\.self)
    }

    /// Asks the first certificate of `pem`.
    func covers(_ domain: String, in pem: [UInt8]) -> Bool {
        cs_certificate_covers(pem, pem.count, domain) == 1
    }
}
