/// Least squares whose solution has no negative part.
enum LeastSquares {
    /// `x` that makes `rows` times `x` closest to `targets`, all of it 0 or more. One coordinate after the other is set to its best until
    /// nothing moves: few columns, so no more is needed.
    static func nonNegative(_ rows: [[Double]], _ targets: [Double]) -> [Double] {
        let columns = rows.first?.count ?? 0
        let scales = (0..<columns).map { column in rows.reduce(0) { $0 + $1[column] * $1[column] }.squareRoot() }
        var gram = [[Double]](repeating: [Double](repeating: 0, count: columns), count: columns)
        var right = [Double](repeating: 0, count: columns)
        for (row, target) in zip(rows, targets) {
            for one in 0..<columns where scales[one] > 0 {
                right[one] += row[one] / scales[one] * target
                for other in 0..<columns where scales[other] > 0 {
                    gram[one][other] += row[one] / scales[one] * row[other] / scales[other]
                }
            }
        }
        return zip(descend(gram, right, scales), scales).map { $1 > 0 ? $0 / $1 : 0 }
    }

    private static func descend(_ gram: [[Double]], _ right: [Double], _ scales: [Double]) -> [Double] {
        var solution = [Double](repeating: 0, count: right.count)
        for _ in 0..<50_000 {
            var moved = 0.0
            for one in right.indices where scales[one] > 0 {
                var gradient = right[one]
                for other in right.indices { gradient -= gram[one][other] * solution[other] }
                let value = max(0, solution[one] + gradient / gram[one][one])
                moved = max(moved, abs(value - solution[one]))
                solution[one] = value
            }
            if moved < 1e-10 * (solution.max() ?? 0) { break }
        }
        return solution
    }
}
