import Glibc

/// "::" needs IPv6, or only IPv4 is served.
struct AddressFamilyCheck: Check {
    let name = "ipv6"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard plan.bindAddress == "::" else { return [] }
        // The name of a host's own IPv6 addresses; loopback's at least.
        if host.probes.addresses.contains(where: { $0.address.contains(":") }) {
            return good("both families are served")
        }
        return costs(
            "this host has no IPv6", "clients with IPv6 alone do not get through",
            mend: "sysctl -w net.ipv6.conf.all.disable_ipv6=0 (or --bind 0.0.0.0, when that is meant)")
    }
}

/// Announced addresses against the host's own.
struct AddressCheck: Check {
    let name = "addresses"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        plan.publicAddresses.flatMap { examine($0, host, plan) }
    }

    private func examine(_ address: String, _ host: Host, _ plan: Plan) -> [Finding] {
        let mend = "--public-address \(suggestion(host))"
        guard let kind = AddressKind(address) else {
            return broken("\(address) is no IP address", "no client finds the media port", mend: mend)
        }
        if kind == .unreachable || (kind == .loopback && !plan.isDevelopment) {
            return broken("\(address) is announced, which no client can reach", "no call gets media", mend: mend)
        }
        if let own = host.probes.addresses.first(where: { $0.address == address }) {
            if !own.isUp {
                return broken(
                    "\(address) is on \(own.card), which is down", "no call gets media",
                    mend: "ip link set \(own.card) up")
            }
            let note = kind == .privateNetwork ? "; private: only clients of that network reach it" : ""
            return good("\(address) is on \(own.card)\(note)")
        }
        return foreign(address, kind, host, plan, mend)
    }

    private func foreign(
        _ address: String, _ kind: AddressKind, _ host: Host, _ plan: Plan, _ mend: String
    ) -> [Finding] {
        let family = host.probes.addresses.filter { $0.address.contains(":") == address.contains(":") }
        let hasPublic = family.contains { AddressKind($0.address) == .global && $0.isUp && $0.card != "lo" }
        if plan.publicPort != nil || (!hasPublic && kind == .global) {
            return good(
                "\(address) is not on this host: right when something in front maps it here (ask a STUN server: --stun)"
            )
        }
        return broken(
            "\(address) is announced and is not an address of this host", "no call gets media", mend: mend)
    }

    private func suggestion(_ host: Host) -> String {
        let usable = host.probes.addresses.filter { $0.isUp && $0.card != "lo" }
        let best = usable.first { AddressKind($0.address) == .global } ?? usable.first
        return best?.address ?? "ADDRESS"
    }
}

enum AddressKind: Equatable {
    case global, privateNetwork, loopback
    /// Nobody's, everybody's or for one link alone.
    case unreachable

    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self = Self.ipv4(bytes[0], bytes[1])
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self = Self.ipv6(bytes)
        } else {
            return nil
        }
    }

    private static func ipv4(_ first: UInt8, _ second: UInt8) -> AddressKind {
        switch (first, second) {
        case (127, _): .loopback
        case (0, _), (169, 254), (224..., _): .unreachable
        // RFC 1918, and RFC 6598 for carriers.
        case (10, _), (192, 168), (172, 16...31), (100, 64...127): .privateNetwork
        default: .global
        }
    }

    private static func ipv6(_ bytes: [UInt8]) -> AddressKind {
        if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? .loopback : .unreachable }
        if bytes[0] == 0xFF || (bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80) { return .unreachable }
        return bytes[0] & 0xFE == 0xFC ? .privateNetwork : .global
    }
}

/// Whether the ports are to be had.
struct PortCheck: Check {
    let name = "ports"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        if plan.takesTcpMedia, plan.httpPort == plan.mediaPort {
            return broken(
                "HTTP and media by TCP are both to have port \(plan.httpPort)", "the server does not start",
                mend: "--port or --media-port with another number (or --ice-tcp off)")
        }
        var serving: String?
        let findings = host.probes.bindRefusals.flatMap { refusal -> [Finding] in
            if refusal.isInUse, let process = PortHolder(refusal, host).server {
                serving = process
                return []
            }
            return broken(refusal.why, "the server does not start", mend: remedy(refusal))
        }
        guard findings.isEmpty else { return findings }
        if let serving { return good("held by \(serving)") }
        let tcp = plan.takesTcpMedia ? "\(plan.httpPort) and \(plan.mediaPort)" : "\(plan.httpPort)"
        return good("UDP \(plan.mediaPort), TCP \(tcp) are free")
    }

    private func remedy(_ refusal: BindRefusal) -> String {
        let port = refusal.what.split(separator: " ").last ?? ""
        guard refusal.isInUse else { return "see above" }
        return refusal.what.hasPrefix("UDP") ? "ss -ulpn 'sport = :\(port)'" : "ss -tlpn 'sport = :\(port)'"
    }
}

/// What a STUN server sees of the media port, when one was asked.
struct ReachCheck: Check {
    let name = "reach"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard let answer = host.probes.reach else { return [] }
        switch answer {
        case .silent(let why):
            return costs(
                why, "it stays unknown whether datagrams get out and in",
                mend: "try another STUN server; when none answers, let UDP port \(plan.mediaPort) through the firewall")
        case .seen(let address, let port):
            let seen = "a STUN server sees UDP port \(plan.mediaPort) as \(address):\(port)"
            guard plan.publicAddresses.contains(address) else {
                return broken(
                    "\(seen); announced is \(plan.publicAddresses.joined(separator: ", "))",
                    "clients send to an address that is not this host's", mend: "--public-address \(address)")
            }
            return good(seen)
        }
    }
}
