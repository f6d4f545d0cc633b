/// Rows for one table that go there with few statements: the same `INSERT` text with more and more rows.
///
/// The order among tables is lost, and nothing of it is there before it is sent: it is sent before any other statement runs.
struct RowBatch {
    /// The rows of one statement. Powers of two up to here, so that few statements are prepared.
    static let rowsMax = 64

    private struct Part {
        let head: Statement
        let row: String
        let tail: Statement
        var binds: [Bind]
        var count: Int
    }

    private var parts: [Part] = []
    /// Keys of rows that have to see those before them.
    private var keys: Set<String> = []

    var isEmpty: Bool { parts.isEmpty }

    /// Whether a row with this key waits here.
    func has(_ key: String?) -> Bool { key.map(keys.contains) ?? false }

    mutating func add(_ head: Statement, _ row: Statement, _ tail: Statement, key: String?) {
        if let key { keys.insert(key) }
        if let place = parts.firstIndex(where: { $0.row == row.text && $0.head.text == head.text && $0.tail.text == tail.text }) {
            parts[place].binds += row.binds
            parts[place].count += 1
        } else {
            parts.append(Part(head: head, row: row.text, tail: tail, binds: row.binds, count: 1))
        }
    }

    /// What was added, as statements; it is empty afterwards.
    mutating func take() -> [Statement] {
        defer { self = RowBatch() }
        return parts.flatMap(Self.statements)
    }

    private static func statements(_ part: Part) -> [Statement] {
        let width = part.binds.count / part.count
        var found: [Statement] = []
        var done = 0
        while done < part.count {
            var rows = rowsMax
            while rows > part.count - done { rows /= 2 }
            let text = "\(part.row)" + String(repeating: ", \(part.row)", count: rows - 1)
            let values = Statement(text: text, binds: Array(part.binds[done * width..<(done + rows) * width]))
            found.append("\(part.head) VALUES \(values) \(part.tail)")
            done += rows
        }
        return found
    }
}
