/// Finds keys that are known beforehand by their bytes, without making a `String` of them.
struct KeyTable: Sendable {
    /// Sorted by their bytes: the place of a key here is its rank.
    let names: [String]
    private let bytes: [UInt8]
    private let starts: [Int]
    /// 1 + rank; 0 is free. Four times as many as there are names, so that searches are short.
    private let slots: [UInt8]

    /// At most 250 names.
    init(_ names: some Sequence<String>) {
        let sorted = Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        precondition(sorted.count <= 250, "A KeyTable holds at most 250 names.")
        self.names = sorted
        bytes = sorted.flatMap { Array($0.utf8) }
        starts = sorted.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.utf8.count) }
        var slots = [UInt8](repeating: 0, count: 1_024)
        for (rank, name) in sorted.enumerated() {
            var slot = Self.slot(name.utf8.count, in: Array(name.utf8), from: 0)
            while slots[slot] != 0 { slot = (slot + 1) & 1_023 }
            slots[slot] = UInt8(rank + 1)
        }
        self.slots = slots
    }

    /// The place of a key, which stands in `text`, among `names`; nil for any other.
    func rank(of key: Range<Int>, in text: [UInt8]) -> Int? {
        guard !key.isEmpty else { return nil }
        var slot = Self.slot(key.count, in: text, from: key.lowerBound)
        while slots[slot] != 0 {
            let rank = Int(slots[slot]) - 1
            if isName(rank, key, in: text) { return rank }
            slot = (slot + 1) & 1_023
        }
        return nil
    }

    private func isName(_ rank: Int, _ key: Range<Int>, in text: [UInt8]) -> Bool {
        guard starts[rank + 1] - starts[rank] == key.count else { return false }
        for offset in 0..<key.count where bytes[starts[rank] + offset] != text[key.lowerBound + offset] { return false }
        return true
    }

    private static func slot(_ count: Int, in text: [UInt8], from start: Int) -> Int {
        let (first, middle, last) = (Int(text[start]), Int(text[start + count / 2]), Int(text[start + count - 1]))
        return (count &* 167 &+ first &* 31 &+ last &* 59 &+ middle &* 7) & 1_023
    }
}
