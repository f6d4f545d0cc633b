import Testing

@testable import Outbound

@Suite("Addresses that may be dialled")
struct AddressTests {
    private static let table: [(String, AddressClass)] = [
        ("8.8.8.8", .global), ("157.240.1.1", .global), ("2a03:2880:f12f::1", .global), ("2606:4700::1111", .global),
        ("100.128.0.1", .global),
        ("172.32.0.1", .global), ("172.15.255.255", .global), ("11.0.0.0", .global), ("126.255.255.255", .global),
        ("128.0.0.1", .global),
        ("192.167.255.255", .global), ("198.20.0.0", .global), ("223.255.255.255", .global), ("169.253.0.1", .global),
        ("127.0.0.1", .loopback), ("127.255.255.254", .loopback), ("::1", .loopback),
        ("10.0.0.1", .privateNetwork), ("172.16.0.1", .privateNetwork), ("172.31.255.255", .privateNetwork),
        ("192.168.1.1", .privateNetwork),
        ("100.64.0.1", .privateNetwork), ("100.127.255.255", .privateNetwork), ("fc00::1", .privateNetwork),
        ("fdff::1", .privateNetwork),
        ("fec0::1", .privateNetwork), ("169.254.0.1", .linkLocal), ("fe80::1", .linkLocal), ("febf::1", .linkLocal),
        ("169.254.169.254", .metadata), ("169.254.170.2", .metadata), ("100.100.100.200", .metadata),
        ("fd00:ec2::254", .metadata),
        ("fd20:ce::254", .metadata),
        ("::ffff:127.0.0.1", .tunnelled), ("::ffff:8.8.8.8", .tunnelled), ("::127.0.0.1", .tunnelled),
        ("64:ff9b::7f00:1", .tunnelled),
        ("64:ff9b:1::1", .tunnelled), ("2002:7f00:1::", .tunnelled), ("2001:0:1234::1", .tunnelled), ("192.88.99.1", .tunnelled),
        ("0.0.0.0", .unusable), ("0.1.2.3", .unusable), ("::", .unusable), ("224.0.0.1", .unusable),
        ("239.255.255.255", .unusable),
        ("240.0.0.1", .unusable), ("255.255.255.255", .unusable), ("192.0.0.8", .unusable), ("192.0.2.1", .unusable),
        ("198.18.0.1", .unusable),
        ("198.51.100.7", .unusable), ("203.0.113.9", .unusable), ("ff02::1", .unusable), ("2001:db8::1", .unusable),
        ("2001:20::1", .unusable),
        ("3fff::1", .unusable), ("100::1", .unusable), ("5f00::1", .unusable), ("4000::1", .unusable),
    ]

    @Test("every address has its class", arguments: table)
    func classes(text: String, kind: AddressClass) throws {
        #expect(AddressClass(try #require(IPAddress(text))) == kind)
    }

    @Test("a policy opens what the configuration says, and never metadata, tunnels or multicast", arguments: table)
    func policies(text: String, kind: AddressClass) throws {
        let address = try #require(IPAddress(text))
        let closed = AddressPolicy(allowPrivate: false, allowLoopback: false, onlyLoopback: false)
        let loopback = AddressPolicy(allowPrivate: false, allowLoopback: true, onlyLoopback: false)
        let open = AddressPolicy(allowPrivate: true, allowLoopback: false, onlyLoopback: false)
        let plain = AddressPolicy(allowPrivate: true, allowLoopback: true, onlyLoopback: true)
        #expect(closed.allows(address) == (kind == .global))
        #expect(loopback.allows(address) == [.global, .loopback].contains(kind))
        #expect(open.allows(address) == [.global, .loopback, .privateNetwork, .linkLocal].contains(kind))
        #expect(plain.allows(address) == (kind == .loopback))
    }

    @Test(
        "old forms of addresses are names, which a resolver must read",
        arguments: ["127.1", "0x7f000001", "2130706433", "localhost", ""])
    func names(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "a certificate's name covers a host, a star one label of it",
        arguments: [
            ("crm.example", "crm.example", true), ("CRM.Example", "crm.example", true), ("*.crm.example", "a.crm.example", true),
            ("*.crm.example", "a.b.crm.example", false), ("*.crm.example", "crm.example", false),
            ("*.example", "crm.example", false),
            ("a*.crm.example", "ab.crm.example", false), ("*", "crm.example", false), ("crm.example.evil", "crm.example", false),
            ("127.0.0.1", "crm.example", false),
        ])
    func certificateNames(name: String, host: String, holds: Bool) {
        #expect(PeerCheck.holds([name], host) == holds)
        #expect(!PeerCheck.holds([], host))
    }

    @Test("an address is written as it is dialled", arguments: ["127.0.0.1", "2a03:2880::1", "::1"])
    func written(text: String) {
        #expect(IPAddress(text)?.description == text)
    }
}
