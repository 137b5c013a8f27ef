/// Where shards run.
public enum Placement {
    /// The processors of `count` shards; nil when they have not one each.
    ///
    /// The last ones where none are named, since interrupts and other programs tend to the first.
    public static func cpus(count: Int, wanted: [Int], allowed: [Int]) -> [Int]? {
        let cpus = wanted.isEmpty ? Array(allowed.suffix(count)) : Array(wanted.prefix(count))
        return cpus.count == count ? cpus : nil
    }
}
