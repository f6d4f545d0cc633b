/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or a single one without a `/`.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the block.
    package let first: PeerAddress
    /// Of the IPv6 form: 96 and more for IPv4.
    private let bits: Int
    /// What was written names an address inside of the block, not its first: `10.0.0.7/8`.
    package let strays: Bool

    /// Nil unless it is an address, and after a `/` the number of bits that count: at most 32 for IPv4 and 128 for IPv6.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = PeerAddress(parts[0]) else { return nil }
        let most = address.isIPv4 ? 32 : 128
        var count = most
        if parts.count > 1 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.count == 1 || digits.first != 0x30,
                digits.allSatisfy({ $0 &- 0x30 < 10 }),
                let number = Int(parts[1]), number <= most
            else { return nil }
            count = number
        }
        bits = 128 - most + count
        first = Self.masked(address, bits)
        strays = first != address
    }

    /// Every address there is of its kind.
    package var holdsAll: Bool { bits == 0 || first.isIPv4 && bits == 96 }

    package func holds(_ address: PeerAddress) -> Bool { Self.masked(address, bits) == first && (bits >= 96 || !address.isIPv4) }

    private static func masked(_ address: PeerAddress, _ bits: Int) -> PeerAddress {
        PeerAddress(
            high: address.high & (bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits))),
            low: bits <= 64 ? 0 : address.low & (bits >= 128 ? .max : ~(UInt64.max >> UInt64(bits - 64))))
    }

    package var description: String { "\(first)/\(first.isIPv4 ? bits - 96 : bits)" }
}
