import Links
import Testing

/// A few seeds of what `tools/dev simulate --links` runs by the thousand.
@Suite struct LinkTests {
    @Test(arguments: [LinkScenario.steady, .loss, .bursts, .drop])
    func theEstimateFindsTheLink(_ scenario: LinkScenario) {
        for seed in 10..<UInt64(12) {
            var check = LinkCheck(scenario, seed: seed)
            _ = check.play()
            #expect(check.failures.isEmpty, "\(check.summary)")
        }
    }

    @Test func twoSubscribersShareALink() {
        var check = LinkCheck(.sharing, seed: 10)
        _ = check.play()
        #expect(check.failures.isEmpty, "\(check.summary)")
    }

    @Test func aSenderThatDoesNotListenIsFound() {
        var check = LinkCheck(.steady, seed: 10)
        check.options.deafBitsPerSecond = 1.5 * check.options.bitsPerSecond
        _ = check.play()
        #expect(!check.failures.isEmpty)
    }
}
