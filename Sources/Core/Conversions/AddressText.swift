/// A client's address as text, freed from its port and brackets.
struct AddressText {
    /// As it goes out, its appendix still behind it.
    let text: String
    let isPrivate: Bool

    /// Nil when it is neither IPv4 nor IPv6. `text` is trimmed.
    init?(_ text: String) {
        let (whole, appendix) = Appendix.split(text)
        let address = Self.withoutPort(whole)
        if let bytes = Self.v4(address) {
            isPrivate = Self.isPrivate(bytes)
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
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.allSatisfy(\.isDigit) else { return text }
        return String(parts[0])
    }

    private static func v4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isDigit) ? UInt8($0) : nil }
        return bytes.count == 4 ? bytes : nil
    }

    private static func isPrivate(_ bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1]) {
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
