import Testing

@testable import Capacity

@Suite struct LeastSquaresTests {
    @Test func whatHasASolutionIsSolved() {
        let rows = [[1.0, 2, 0], [0, 1, 4], [3, 0, 1], [1, 1, 1]]
        let solution = [2.0, 0.5, 7]
        let targets = rows.map { row in zip(row, solution).reduce(0) { $0 + $1.0 * $1.1 } }
        for (found, wanted) in zip(LeastSquares.nonNegative(rows, targets), solution) {
            #expect(abs(found - wanted) < 1e-6)
        }
    }

    /// Without the bound the second would be -1.
    @Test func nothingIsNegative() {
        let found = LeastSquares.nonNegative([[1, 0], [1, 1]], [2, 1])
        #expect(abs(found[0] - 1.5) < 1e-9 && found[1] == 0)
    }

    @Test func columnsOfVeryDifferentSizesAreFoundAlike() {
        let rows = [[1e9, 1.0], [2e9, 5], [1e9, 7]]
        let targets = rows.map { $0[0] * 3e-9 + $0[1] * 400 }
        let found = LeastSquares.nonNegative(rows, targets)
        #expect(abs(found[0] - 3e-9) < 1e-15 && abs(found[1] - 400) < 1e-3)
    }

    @Test func aColumnOfNothingCostsNothing() {
        let found = LeastSquares.nonNegative([[1, 0], [2, 0]], [3, 6])
        #expect(abs(found[0] - 3) < 1e-9 && found[1] == 0)
    }
}
