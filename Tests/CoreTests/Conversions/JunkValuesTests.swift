import Core
import Signing
import TestSupport
import Testing

@Suite("Values that stand for nobody")
struct JunkValuesTests {
    typealias Sample = ConversionSample

    /// `fixtures/reference/junk-hashes.json`: texts with their hashes.
    static let junk: [(text: String, hash: String)] = {
        guard let bytes = try? Fixture.bytes("reference/junk-hashes.json"), let file = try? JSON.parse(bytes) else { return [] }
        return file.items.compactMap { item in
            guard let text = item["of"]?.text, let hash = item["sha256"]?.text else { return nil }
            return (text, hash)
        }
    }()

    /// What becomes of one value.
    struct Reading: Equatable {
        let values: [Normalized]
        let faults: [ConversionFault]

        init(_ values: [Normalized], _ faults: [ConversionFault]) {
            self.values = values
            self.faults = faults
        }
    }

    private func read(_ key: String, _ value: String, rules: [ConversionFault: Ruling] = [:]) throws -> Reading {
        let user = JSONObject([.init(key: "fbp", value: "fb.1.1767225400000.1098115397"), .init(key: key, value: .string(value))])
        let event = Sample.event {
            $0["user_data"] = .object(user)
            $0["action_source"] = "other"
        }
        let check = try Sample.check(event, rules: rules)
        let personal = check.events.first?.personal.first { $0.key.rawValue == key }
        return Reading(personal?.values ?? [], check.findings.map(\.fault))
    }

    @Test("the list is there, and its hashes are those of its texts")
    func list() {
        #expect(Self.junk.count == 28)
        for (text, hash) in Self.junk { #expect(SHA256.hex(Array(text.utf8)) == hash, "\(text)") }
    }

    @Test("a junk hash is no match key, with an appendix or without", arguments: junk.indices, ["", ".AQQCAQIB"])
    func hashes(_ index: Int, _ appendix: String) throws {
        let hash = Self.junk[index].hash
        #expect(try read("em", hash + appendix) == Reading([], [.junkDropped]))
        #expect(try read("em", hash.uppercased() + appendix) == Reading([], [.junkDropped]))
    }

    /// The vectors whose recommendation is junk: they are normalised as recommended, and no key comes of them.
    @Test(
        "what normalises to junk is left out as well",
        arguments: [
            ("ph", "123-456-7890", .junkDropped), ("ph", "   123456-7890   ", .junkDropped),
            ("ph", "(123)-456-7890", .junkDropped),
            ("ph", "!1@2#3$4%5^6&7*8(9)0", .junkDropped), ("fn", "null", .junkNameDropped), ("ln", "null", .junkNameDropped),
            ("ln", "N/A", .junkDropped), ("zp", "N/A", .junkDropped), ("country", "N/A", .junkDropped),
            ("em", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", .junkDropped),
            ("em", "Test@Example.com", .junkDropped), ("external_id", "undefined", .junkDropped),
            ("external_id", "0", .junkDropped),
            ("external_id", "NULL", .junkDropped), ("fn", "Undefined", .junkDropped), ("ct", "unknown", .junkDropped),
            ("ln", "Guest", .junkNameDropped), ("ln", "Test", .junkNameDropped), ("st", "nan", .junkNameDropped),
            ("f5first", "undefined", .junkDropped), ("fi", "null", .junkDropped),
        ] as [(String, String, ConversionFault)])
    func raw(_ key: String, _ value: String, _ fault: ConversionFault) throws {
        #expect(try read(key, value) == Reading([], [fault]))
    }

    @Test(
        "what is junk under one key is somebody under another",
        arguments: [
            ("country", "na", "na"), ("country", "Namibia", "na"), ("ln", "Na", "na"), ("ct", "Na", "na"),
            ("external_id", "1234567890", "1234567890"), ("external_id", "11111111", "11111111"), ("ln", "Nullmann", "nullmann"),
            ("fn", "Testa", "testa"), ("em", "guest@shop.example", "guest@shop.example"),
            ("ph", "+1 234 567 8901", "12345678901"),
        ])
    func fine(_ key: String, _ value: String, _ kept: String) throws {
        #expect(try read(key, value) == Reading([.value(kept)], []))
    }

    @Test("Namibia's hash stays a country's and a name's, and is junk everywhere else")
    func namibia() throws {
        let hash = SHA256.hex(Array("na".utf8))
        for key in ["country", "ln", "fn", "ct", "st"] {
            #expect(try read(key, hash) == Reading([.alreadyHashed(hash)], []), "\(key)")
        }
        for key in ["em", "ph", "zp", "external_id"] { #expect(try read(key, hash) == Reading([], [.junkDropped]), "\(key)") }
    }

    @Test("a source may keep them, with a word or without, and may keep names alone")
    func rules() throws {
        #expect(try read("ln", "Guest", rules: [.junkNameDropped: .off]) == Reading([.value("guest")], []))
        #expect(try read("ln", "Guest", rules: [.junkNameDropped: .warn]) == Reading([.value("guest")], [.junkNameDropped]))
        #expect(try read("ln", "undefined", rules: [.junkNameDropped: .off]) == Reading([], [.junkDropped]))
        #expect(try read("ph", "1234567890", rules: [.junkDropped: .off]) == Reading([.value("1234567890")], []))
    }

    @Test("one junk value of several goes alone; an event with nothing else matches nobody")
    func several() throws {
        let event = try Sample.userData(#"{"em":["test@test.com","a@b.c"],"client_user_agent":"x"}"#)
        #expect(try Sample.check(event).events.first?.personal.first?.values == [.value("a@b.c")])
        let alone = try Sample.check(Sample.userData(#"{"em":"test@test.com","client_user_agent":"x"}"#))
        #expect(alone.refusal?.fault == .tooFewMatchKeys)
    }
}
