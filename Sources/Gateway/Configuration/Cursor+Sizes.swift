/// Numbers that are written with a unit, or in groups of digits.
extension Cursor {
    private static let units: [(suffix: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]

    /// `512KiB`, `64MiB`, `2GiB`, `1TiB`.
    func bytes(_ range: ClosedRange<Int>) -> Int? {
        let expected = "a size such as 64MiB, from \(Self.size(range.lowerBound)) to \(Self.size(range.upperBound))"
        guard let text = text(expected) else { return nil }
        for unit in Self.units where text.hasSuffix(unit.suffix) {
            guard let count = Self.number(text.dropLast(unit.suffix.count)) else { continue }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
            if !overflow, range.contains(bytes) { return bytes }
        }
        refuse(expected: expected)
        return nil
    }

    /// `250`, or `2_000_000` for the eye.
    func count(_ range: ClosedRange<Int>, _ what: String) -> Int? {
        let expected = "\(what) from \(range.lowerBound) to \(range.upperBound)"
        guard let text = text(expected) else { return nil }
        guard let count = Self.number(text), range.contains(count) else {
            refuse(expected: expected)
            return nil
        }
        return count
    }

    /// Digits, with single `_` between them.
    private static func number(_ text: some StringProtocol) -> Int? {
        let groups = text.split(separator: "_", omittingEmptySubsequences: false)
        let isPlain = groups.allSatisfy { group in !group.isEmpty && group.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
        return isPlain ? Int(groups.joined()) : nil
    }

    private static func size(_ bytes: Int) -> String {
        guard let unit = units.last(where: { bytes % $0.bytes == 0 }) else { return "\(bytes) bytes" }
        return "\(bytes / unit.bytes)\(unit.suffix)"
    }
}
