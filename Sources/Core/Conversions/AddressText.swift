/// A client's address as text, freed from its port and brackets.
struct AddressText {
    /// As it goes out, its appendix still behind it.
    let text: String
    let isPrivate: Bool

    /// Nil when it is neither IPv4 nor IPv6. `text` is trimmed.
    init?(_ text: String) {
        let (whole, appendix) = Appendix.split(text)
        let address = Self.withoutPort(whole)
        if let number = Self.v4(address) {
            isPrivate = Self.isPrivate(number)
        } else if Self.isV6(address) {
            let lower = address.lowercased()
            isPrivate = lower == "::1" || ["fc", "fd", "fe80:"].contains { lower.hasPrefix($0) }
        } else {
            return nil
        }
        self.text = address + appendix
    }

    /// `[::1]:443` is `::1`, `192.0.2.1:443` is `192.0.2.1`.
    private static func withoutPort(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ":")) || text.utf8.first == UInt8(ascii: "[") else { return text }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.allSatisfy(\.isDigit) else { return text }
        return String(parts[0])
    }

    /// The four numbers as one; nil when there are others.
    private static func v4(_ text: String) -> UInt32? {
        var address: UInt32 = 0, part: UInt32 = 0
        var digits = 0, dots = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "."), digits > 0, dots < 3 {
                address = address << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
                continue
            }
            guard byte.isDigit, digits < 3 else { return nil }
            part = part * 10 + UInt32(byte - 0x30)
            digits += 1
            guard part <= 255 else { return nil }
        }
        return dots == 3 && digits > 0 ? address << 8 | part : nil
    }

    private static func isPrivate(_ address: UInt32) -> Bool {
        switch (address >> 24, address >> 16 & 255) {
        case (10, _), (127, _), (192, 168), (169, 254), (172, 16...31), (100, 64...127), (0, _): true
        case _: false
        }
    }

    private static func isV6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return false }
        var groups = halves.flatMap { $0.isEmpty ? [] : $0.split(separator: ":", omittingEmptySubsequences: false) }
        var count = groups.count
        if let last = groups.last, last.contains(".") {
            guard v4(String(last)) != nil else { return false }
            groups.removeLast()
            count += 1
        }
        guard groups.allSatisfy({ (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isHexDigit) }) else { return false }
        return halves.count == 2 ? count < 8 : count == 8
    }
}
