/// What kind of place an address is, as far as sending there is concerned.
///
/// Sources: the IANA registries of special-purpose addresses for IPv4 and IPv6.
package enum AddressClass: String, Sendable, CaseIterable {
    /// Anybody's: may be dialled.
    case global
    case loopback
    /// Networks of one's own: 10/8, 172.16/12, 192.168/16, fc00::/7, and shared ones of a provider (100.64/10).
    case privateNetwork = "private"
    case linkLocal = "link_local"
    /// Where clouds hand out credentials to whoever asks. Never dialled.
    case metadata
    /// Another address in disguise (IPv4-mapped and -compatible IPv6, NAT64, 6to4, Teredo). Never dialled.
    case tunnelled
    /// Multicast, broadcast, unspecified, documentation, reserved. Never dialled.
    case unusable

    package init(_ address: IPAddress) { self = address.bytes.count == 4 ? Self.v4(address.bytes) : Self.v6(address.bytes) }

    private struct Range {
        let prefix: [UInt8]
        let bits: Int
        let kind: AddressClass

        init(_ prefix: [UInt8], _ bits: Int, _ kind: AddressClass) {
            self.prefix = prefix
            self.bits = bits
            self.kind = kind
        }

        func holds(_ bytes: [UInt8]) -> Bool {
            for index in 0..<(bits + 7) / 8 {
                let kept = min(8, bits - index * 8)
                let mask = UInt8(truncatingIfNeeded: 0xFF00 >> kept)
                let wanted = index < prefix.count ? prefix[index] : 0
                guard bytes[index] & mask == wanted & mask else { return false }
            }
            return true
        }
    }

    /// The first that holds an address names its class.
    private static let fourRanges: [Range] = [
        Range([169, 254, 169, 254], 32, .metadata), Range([169, 254, 170, 2], 32, .metadata),
        Range([100, 100, 100, 200], 32, .metadata),
        Range([0], 8, .unusable), Range([10], 8, .privateNetwork), Range([100, 64], 10, .privateNetwork),
        Range([127], 8, .loopback),
        Range([169, 254], 16, .linkLocal), Range([172, 16], 12, .privateNetwork), Range([192, 0, 0], 24, .unusable),
        Range([192, 0, 2], 24, .unusable), Range([192, 88, 99], 24, .tunnelled), Range([192, 168], 16, .privateNetwork),
        Range([198, 18], 15, .unusable), Range([198, 51, 100], 24, .unusable), Range([203, 0, 113], 24, .unusable),
        Range([224], 4, .unusable), Range([240], 4, .unusable),
    ]

    private static let sixRanges: [Range] = [
        Range([0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54], 128, .metadata),
        Range([0xFD, 0x20, 0x00, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54], 128, .metadata),
        Range([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 128, .loopback), Range([], 128, .unusable),
        Range([], 64, .tunnelled), Range([0x00, 0x64, 0xFF, 0x9B], 32, .tunnelled),
        Range([0x20, 0x01, 0x00, 0x00], 32, .tunnelled),
        Range([0x20, 0x02], 16, .tunnelled), Range([0x20, 0x01, 0x00], 23, .unusable),
        Range([0x20, 0x01, 0x0D, 0xB8], 32, .unusable),
        Range([0x3F, 0xFF], 20, .unusable), Range([0xFC], 7, .privateNetwork), Range([0xFE, 0x80], 10, .linkLocal),
        Range([0xFE, 0xC0], 10, .privateNetwork), Range([0x20], 3, .global),
    ]

    private static func v4(_ bytes: [UInt8]) -> AddressClass { fourRanges.first { $0.holds(bytes) }?.kind ?? .global }

    /// Only 2000::/3 is given out; all else is unusable.
    private static func v6(_ bytes: [UInt8]) -> AddressClass { sixRanges.first { $0.holds(bytes) }?.kind ?? .unusable }
}

/// Which classes a destination may be dialled at.
struct AddressPolicy: Sendable, Equatable {
    /// The operator allows networks of one's own.
    let allowPrivate: Bool
    /// The URL itself names a loopback address.
    let allowLoopback: Bool
    /// Plain http leaves the machine in no case.
    let onlyLoopback: Bool

    func allows(_ address: IPAddress) -> Bool {
        let kind = AddressClass(address)
        if onlyLoopback { return kind == .loopback }
        return switch kind {
        case .global: true
        case .loopback: allowLoopback || allowPrivate
        case .privateNetwork, .linkLocal: allowPrivate
        case .metadata, .tunnelled, .unusable: false
        }
    }
}
