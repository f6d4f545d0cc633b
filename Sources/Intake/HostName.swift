/// The `Host` of a request, where it is to stand in an address that we hand out.
package enum HostName {
    private static let bytesMax = 255

    /// `https://` and the host with its port; nil for anything but a plain name or address.
    package static func base(_ host: String) -> String? { isPlain(host) ? "https://\(host)" : nil }

    private static func isPlain(_ host: String) -> Bool {
        guard (1...bytesMax).contains(host.utf8.count) else { return false }
        var rest = host.utf8[...]
        let isBracketed = rest.first == UInt8(ascii: "[")
        let name = rest.prefix { isBracketed ? $0 != UInt8(ascii: "]") : $0 != UInt8(ascii: ":") }
        rest = rest.dropFirst(name.count)
        if isBracketed {
            guard rest.popFirst() == UInt8(ascii: "]"), name.count > 1, name.dropFirst().allSatisfy(isOfIPv6) else {
                return false
            }
        } else {
            guard !name.isEmpty, name.allSatisfy(isOfName) else { return false }
        }
        guard rest.popFirst() != nil else { return true }
        return (1...5).contains(rest.count) && rest.allSatisfy { (0x30...0x39).contains($0) }
            && host.utf8.dropLast(rest.count).last == UInt8(ascii: ":")
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        isOfIPv6(byte) && byte != UInt8(ascii: ":") || (0x67...0x7a).contains(byte | 0x20)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    private static func isOfIPv6(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20) || byte == UInt8(ascii: ":")
    }
}
