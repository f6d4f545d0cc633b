/// Finds the word that was probably meant.
enum NearMiss {
    /// The nearest of `words` when it is near enough to be a slip: distance at most 2 and less than half of the word.
    static func of(_ word: String, among words: [String]) -> String? {
        words.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.distance <= 2 && $0.distance * 2 < max(word.count, $0.word.count) }
            .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
    }

    /// `; did you mean "accounts"?`, or `end` where nothing is near.
    static func hint(_ word: String, among words: [String], end: String = "") -> String {
        guard let near = of(word, among: words) else { return end }
        return "; did you mean \"\(near)\"?"
    }

    /// `a, b or c`.
    static func list(_ words: [String], _ last: String = "or") -> String {
        guard let end = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return words.dropLast().joined(separator: ", ") + " \(last) " + end
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
    static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a), b = Array(b)
        guard a.count <= 64, b.count <= 64 else { return .max / 4 }
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
