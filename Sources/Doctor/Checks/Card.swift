/// The network card that clients come in by: that of an announced address, else that of the default route.
struct Card {
    let name: String
    private let folder: String
    private let host: Host

    init?(_ host: Host, _ plan: Plan) {
        let announced = host.probes.addresses.first {
            plan.publicAddresses.contains($0.address) && $0.card != "lo"
        }
        guard let name = announced?.card ?? Self.defaultRoute(host) else { return nil }
        self.name = name
        self.host = host
        folder = "/sys/class/net/\(name)/device"
    }

    private static func defaultRoute(_ host: Host) -> String? {
        for line in host.text("/proc/net/route")?.split(separator: "\n").dropFirst() ?? [] {
            let words = line.split(whereSeparator: { $0 == "\t" || $0 == " " })
            if words.count > 7, words[1] == "00000000", words[7] == "00000000" { return String(words[0]) }
        }
        return nil
    }

    /// Nil where there is one node only, or nobody says.
    var node: Int? {
        // A virtio device is the child of the PCI function that has the facts.
        [folder, folder + "/.."].lazy.compactMap { host.number($0 + "/numa_node") }.first { $0 >= 0 }
    }

    var interrupts: [Int] {
        let found = [folder, folder + "/.."].lazy.map { host.names(in: $0 + "/msi_irqs") }.first { !$0.isEmpty }
        return (found ?? []).compactMap { Int($0) }.sorted()
    }
}

/// A card on another node than the shards: every packet crosses between the sockets.
struct NodeCheck: Check {
    let name = "numa"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard host.names(in: "/sys/devices/system/node").filter({ $0.hasPrefix("node") }).count > 1 else {
            return good("one node")
        }
        guard let card = Card(host, plan), let node = card.node else { return good("the card's node is not known") }
        let cpus = Host.list(host.text("/sys/devices/system/node/node\(node)/cpulist") ?? "")
        let far = host.shardCpus(plan).filter { !cpus.contains($0) }
        guard !far.isEmpty else { return good("\(card.name) and the shards are on node \(node)") }
        let near = cpus.filter { host.allowedCpus.contains($0) }.suffix(plan.shards)
        guard near.count == plan.shards else {
            return good("\(card.name) is on node \(node), which has fewer processors than there are shards")
        }
        return costs(
            "\(card.name) is on node \(node), the shards' processors \(listText(far)) are not",
            "every packet crosses between the sockets, and the caches start cold",
            mend: "--cpus \(listText(Array(near)))")
    }
}

/// Interrupts of the card on a shard's processor interrupt its bursts.
struct InterruptCheck: Check {
    let name = "interrupts"

    func examine(_ host: Host, _ plan: Plan) -> [Finding] {
        guard let card = Card(host, plan) else { return good("no network card is in use") }
        let cpus = host.shardCpus(plan)
        let others = host.allowedCpus.filter { !cpus.contains($0) }
        guard !others.isEmpty else { return good("no processor is left that could take the card's interrupts") }
        let inTheWay = card.interrupts.filter { number in
            let folder = "/proc/irq/\(number)/"
            let text = host.text(folder + "effective_affinity_list") ?? host.text(folder + "smp_affinity_list") ?? ""
            return Host.list(text).contains { cpus.contains($0) }
        }
        guard !inTheWay.isEmpty else {
            return good("\(card.name)'s \(card.interrupts.count) interrupts are off the shards' processors")
        }
        return costs(
            "interrupts \(listText(inTheWay)) of \(card.name) come to the shards' processors \(listText(cpus))",
            "receiving in the kernel takes time from the shard it interrupts: p99 rises with the packet rate",
            mend: "tools/deploy/host --shard-cpus \(listText(cpus)) --card \(card.name) --apply; by hand: for i in "
                + "\(inTheWay.map(String.init).joined(separator: " ")); do echo \(listText(others)) > /proc/irq/$i/smp_affinity_list; done"
        )
    }
}
