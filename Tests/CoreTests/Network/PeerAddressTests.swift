import Testing

@testable import Core

@Suite("Addresses of peers")
struct PeerAddressTests {
    @Test(
        "an address is read, and written in one form",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
            ("::1", "::1"), ("1::", "1::"), ("2001:DB8::7", "2001:db8::7"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("::FFFF:c000:201", "192.0.2.1"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("fe80::1:2:0:0", "fe80::1:2:0:0"),
            ("1:0:0:2::", "1:0:0:2::"),
        ])
    func read(text: String, written: String) throws {
        let address = try #require(PeerAddress(text))
        #expect(address.description == written)
        #expect(PeerAddress(written) == address)
    }

    @Test(
        "what is none is not read",
        arguments: [
            "", " ", "a", "1", "127.1", "0x7f.0.0.1", "017.0.0.1", "256.0.0.1", "1.2.3.4.5", "1.2.3", "1.2.3.", ".1.2.3",
            "1.2.3.4 ",
            "1.2.3.-4", "+1.2.3.4", "1.2.3.4:80", ":", ":::", "1:", ":1", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
            "12345::", "g::", "::1%eth0", "[::1]", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::1/64",
            "1::2:3:4:5:6:7:8:9", "localhost", "unknown", "１.2.3.4", "0000::00001", String(repeating: "1:", count: 4_000),
        ])
    func refuse(text: String) { #expect(PeerAddress(text) == nil) }

    @Test("4 bytes and 16 bytes are an address, others are none")
    func bytes() {
        #expect(PeerAddress(bytes: [192, 0, 2, 1]) == PeerAddress("192.0.2.1"))
        #expect(PeerAddress(bytes: [UInt8](repeating: 0, count: 15) + [1]) == PeerAddress("::1"))
        for count in [0, 1, 3, 5, 15, 17] { #expect(PeerAddress(bytes: [UInt8](repeating: 0, count: count)) == nil) }
    }

    @Test(
        "a block holds what begins like it, and nothing else",
        arguments: [
            (
                "10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.1.1"],
                ["11.0.0.0", "9.255.255.255", "::10.0.0.0", "a00::"]
            ),
            ("192.0.2.7", ["192.0.2.7"], ["192.0.2.6", "192.0.2.8"]), ("192.0.2.7/32", ["192.0.2.7"], ["192.0.2.6"]),
            ("0.0.0.0/0", ["1.2.3.4"], ["::1"]), ("::/0", ["::1", "2001:db8::"], ["1.2.3.4"]),
            ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db9::", "2001:db7:ffff::"]),
            ("2001:db8::/65", ["2001:db8::7fff:0:0:0"], ["2001:db8::8000:0:0:0"]), ("::1", ["::1"], ["::2", "0.0.0.1"]),
            ("172.16.0.0/12", ["172.31.255.255"], ["172.32.0.0", "172.15.255.255"]),
        ])
    func block(text: String, inside: [String], outside: [String]) throws {
        let block = try #require(AddressBlock(text))
        #expect(!block.strays)
        for address in inside { #expect(block.holds(try #require(PeerAddress(address))), "\(address)") }
        for address in outside { #expect(!block.holds(try #require(PeerAddress(address))), "\(address)") }
    }

    @Test(
        "a block that names an address inside of it is told with its first address",
        arguments: [("10.0.0.7/8", "10.0.0.0/8"), ("::1/64", "::/64")])
    func stray(text: String, meant: String) throws {
        let block = try #require(AddressBlock(text))
        #expect(block.strays && block.description == meant)
    }

    @Test(
        "a block that is everybody is told",
        arguments: [("0.0.0.0/0", true), ("::/0", true), ("0.0.0.0/1", false), ("::/1", false)])
    func everybody(text: String, isAll: Bool) { #expect(AddressBlock(text)?.holdsAll == isAll) }

    @Test(
        "what is no block is not read",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
            "10/8", "x/8", "10.0.0.0/8 ",
        ])
    func noBlock(text: String) { #expect(AddressBlock(text) == nil) }

    @Test("a mark holds until there is a tenth of room again")
    func marks() {
        let marks = PressureMarks(undone: 100, databaseBytes: nil, diskFreeBytes: 1_000)
        typealias Case = (PressureMarks.Reading, Set<PressureMarks.Gauge>, Set<PressureMarks.Gauge>)
        let cases: [Case] = [
            (.init(undone: 99, diskFreeBytes: 1_000), [], []), (.init(undone: 100, diskFreeBytes: 1_000), [], [.undone]),
            (.init(undone: 90, diskFreeBytes: 1_000), [.undone], [.undone]),
            (.init(undone: 89, diskFreeBytes: 1_000), [.undone], []),
            (.init(undone: 0, diskFreeBytes: 999), [], [.disk]), (.init(undone: 0, diskFreeBytes: 1_099), [.disk], [.disk]),
            (.init(undone: 0, diskFreeBytes: 1_100), [.disk], []), (.init(undone: 0, diskFreeBytes: 1_099), [], []),
            // What can't be told changes nothing, and what has no mark is never passed.
            (.init(), [.undone], [.undone]), (.init(), [], []),
            (.init(undone: 0, databaseBytes: .max), [.database, .disk], [.disk]),
            (.init(undone: 100, diskFreeBytes: 0), [], [.undone, .disk]),
        ]
        for (reading, before, after) in cases { #expect(marks.passed(reading, before: before) == after, "\(reading) \(before)") }
        let open = PressureMarks(undone: nil, databaseBytes: nil, diskFreeBytes: nil)
        #expect(open.passed(.init(undone: .max, databaseBytes: .max, diskFreeBytes: 0), before: []).isEmpty)
    }
}
