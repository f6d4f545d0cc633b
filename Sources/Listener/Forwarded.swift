package import Core

/// Who sent a request that trusted proxies handed on, by `X-Forwarded-For`.
///
/// Each proxy adds the address that it was asked from at the right end, and anybody may have written what stands to the left of that.
/// So it is read from the right, as long as an address is that of a trusted proxy.
package enum Forwarded {
    /// `values` are all values of the header, in order; `proxy` is who handed the request to us, and is trusted.
    ///
    /// What is no address ends the search: then the proxy that wrote it counts. Where all are trusted, the left-most counts.
    package static func client(_ values: [String], proxy: PeerAddress, trusted: [AddressBlock]) -> PeerAddress {
        var last = proxy
        for value in values.reversed() {
            for part in value.split(separator: ",", omittingEmptySubsequences: false).reversed() {
                guard let address = address(part) else { return last }
                guard trusted.contains(where: { $0.holds(address) }) else { return address }
                last = address
            }
        }
        return last
    }

    /// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`.
    private static func address(_ part: Substring) -> PeerAddress? {
        var text = part.utf8.drop { $0 == 0x20 || $0 == 0x09 }
        while text.last == 0x20 || text.last == 0x09 { text.removeLast() }
        if text.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let rest = text[text.index(after: end)...]
            let inside = text[text.index(after: text.startIndex)..<end]
            guard rest.isEmpty || isPort(rest), inside.contains(UInt8(ascii: ":")) else { return nil }
            return PeerAddress(Substring(inside))
        }
        // One colon is a port's; more are an IPv6 address without brackets, which has no port.
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), text.lastIndex(of: UInt8(ascii: ":")) == colon else {
            return PeerAddress(Substring(text))
        }
        return isPort(text[colon...]) ? PeerAddress(Substring(text[..<colon])) : nil
    }

    /// `:443`.
    private static func isPort(_ text: Substring.UTF8View.SubSequence) -> Bool {
        text.first == UInt8(ascii: ":") && (2...6).contains(text.count) && text.dropFirst().allSatisfy { $0 &- 0x30 < 10 }
    }
}
