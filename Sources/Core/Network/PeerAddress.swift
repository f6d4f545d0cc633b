/// The address of somebody who connects: IPv4 or IPv6. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The upper and the lower 64 bits of the IPv6 form.
    let high: UInt64
    let low: UInt64

    private static let mappedPrefix: UInt64 = 0xffff

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 4 bytes or 16, as they go over the wire; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self.init(high: 0, low: Self.mappedPrefix << 32 | Self.number(bytes))
        case 16: self.init(high: Self.number(bytes.prefix(8)), low: Self.number(bytes.dropFirst(8)))
        case _: return nil
        }
    }

    /// `192.0.2.1` or `2001:db8::1`; nil for names, ports, brackets, zones, and the forms of IPv4 that only old resolvers read.
    package init?(_ text: some StringProtocol) {
        if let four = Self.four(text.utf8[...]) {
            self.init(high: 0, low: Self.mappedPrefix << 32 | four)
        } else if let groups = Self.groups(text.utf8[...]) {
            self.init(high: Self.joined(groups[..<4]), low: Self.joined(groups[4...]))
        } else {
            return nil
        }
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }

    private static func number(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func joined(_ groups: some Collection<UInt64>) -> UInt64 { groups.reduce(0) { $0 << 16 | $1 } }

    // MARK: reading

    private static func four<Text: Collection<UInt8>>(_ text: Text) -> UInt64? where Text.SubSequence: Collection<UInt8> {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var number: UInt64 = 0
            for byte in part {
                guard byte &- 0x30 < 10 else { return nil }
                number = number * 10 + UInt64(byte - 0x30)
            }
            guard number <= 255 else { return nil }
            value = value << 8 | number
        }
        return value
    }

    /// The eight groups of an IPv6 address; `::` stands for one group of zeros or more, once.
    private static func groups<Text: Collection<UInt8>>(_ text: Text) -> [UInt64]? where Text.SubSequence: Collection<UInt8> {
        var parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { Array($0) }
        guard (3...9).contains(parts.count), text.count <= 45 else { return nil }
        // A colon at an end has an empty part beside it, and must be one of two.
        if parts[0].isEmpty { guard parts.removeFirst().isEmpty, parts[0].isEmpty else { return nil } }
        if parts[parts.count - 1].isEmpty {
            parts.removeLast()
            guard parts.last?.isEmpty == true else { return nil }
        }
        var values: [UInt64] = []
        var gap: Int?
        for (place, part) in parts.enumerated() {
            if part.isEmpty {
                guard gap == nil else { return nil }
                gap = values.count
            } else if place == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let four = four(part) else { return nil }
                values += [four >> 16, four & 0xffff]
            } else {
                guard let group = group(part) else { return nil }
                values.append(group)
            }
        }
        guard let gap else { return values.count == 8 ? values : nil }
        guard values.count < 8 else { return nil }
        values.insert(contentsOf: repeatElement(0, count: 8 - values.count), at: gap)
        return values
    }

    private static func group(_ part: [UInt8]) -> UInt64? {
        guard (1...4).contains(part.count) else { return nil }
        var value: UInt64 = 0
        for byte in part {
            let letter = byte | 0x20
            if byte &- 0x30 < 10 {
                value = value << 4 | UInt64(byte - 0x30)
            } else if letter >= 0x61, letter <= 0x66 {
                value = value << 4 | UInt64(letter - 0x61 + 10)
            } else {
                return nil
            }
        }
        return value
    }

    // MARK: writing

    /// As RFC 5952 writes it: lower case, the longest run of zero groups as `::`.
    package var description: String {
        if isIPv4 { return stride(from: 24, through: 0, by: -8).map { "\(low >> UInt64($0) & 255)" }.joined(separator: ".") }
        let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { half >> UInt64($0) & 0xffff } }
        var best = 0..<0
        var start = 0
        while start < 8 {
            let end = groups[start...].firstIndex { $0 != 0 } ?? 8
            if end - start > max(1, best.count) { best = start..<end }
            start = max(end, start) + 1
        }
        func text(_ range: Range<Int>) -> String { groups[range].map { String($0, radix: 16) }.joined(separator: ":") }
        return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }
}
