import Core
import Testing

@Suite("JSON reader")
struct JSONTests {
    @Test(
        "documents are read",
        arguments: [
            ("null", JSON.null), (" true\n", true), ("[]", []), ("{ }", [:]), ("\t[1 ,\r-0.5e+3]", [1, .number("-0.5e+3")]),
            (#"{"a":{"b":[{}]}}"#, ["a": ["b": [[:]]]]), (#""\"\\\/\b\f\n\r\t\u00e4""#, "\"\\/\u{8}\u{C}\n\r\tä"),
            (#""\ud83d\ude00 \u4e0d \u0000""#, "😀 不 \0"), ("\"grün 😀\"", "grün 😀"), ("\u{FEFF}{}", [:]),
            ("1e400", .number("1e400")), ("120250784238480294", .number("120250784238480294")),
        ] as [(String, JSON)])
    func reads(text: String, expected: JSON) throws {
        #expect(try JSON.parse(text.utf8) == expected)
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "nul", "nulll", "truE", "+1", "01", "-", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity", "'a'",
            "\"", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\\u\"", "\"\\ud83d\\", "\"a\nb\"", "\"a\0b\"",
            "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
            "{a:1}",
            "{1:1}", "{\"a\" 1}", "{\"a\":1]", "[1}", "{}{}", "[]x", "1 2", "{}\0", "\0", "/* */1", "\u{FEFF}",
        ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text.utf8) }
    }

    @Test(
        "a lone surrogate is U+FFFD and takes nothing with it",
        arguments: [
            (#""a\ud83db""#, "a\u{FFFD}b"), (#""\ude00""#, "\u{FFFD}"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        ] as [(String, String)])
    func loneSurrogates(text: String, expected: String) throws {
        #expect(try JSON.parse(text.utf8) == .string(expected))
    }

    @Test(
        "bytes that are not UTF-8 are U+FFFD",
        arguments: [
            [0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0xC0, 0xAF],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) throws {
        let quote = UInt8(ascii: "\"")
        for body in [[quote] + bytes + [quote], [quote] + Array(#"\n"#.utf8) + bytes + [quote]] {
            #expect(try JSON.parse(body).text?.contains("\u{FFFD}") == true)
        }
    }

    @Test("of duplicate keys the last one wins, also among many")
    func duplicateKeys() throws {
        #expect(try JSON.parse(#"{"a":1,"b":2,"a":3}"#.utf8) == ["a": 3, "b": 2])
        let many = (0..<1000).map { #""k\#($0 % 500)":\#($0)"# }.joined(separator: ",")
        let object = try JSON.parse("{\(many)}".utf8)
        #expect(object.members.count == 500)
        #expect(object["k7"]?.integer == 507)
    }

    @Test("depth is bounded without recursion")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(try JSON.parse(nested(Limits.jsonDepthMax)).items.count == 1)
        for body in [nested(Limits.jsonDepthMax + 1), nested(1_000_000), Array(repeating: UInt8(ascii: "["), count: 1_000_000)] {
            #expect(throws: JSONError.tooDeep(offset: Limits.jsonDepthMax)) { try JSON.parse(body) }
        }
    }

    @Test("a hundred thousand small containers take no longer than their bytes", .timeLimit(.minutes(1)))
    func manyContainers() throws {
        let body = "[" + Array(repeating: #"{"a":[0]}"#, count: 100_000).joined(separator: ",") + "]"
        #expect(try JSON.parse(body.utf8).items.count == 100_000)
    }

    @Test(
        "an id is text whatever type it had",
        arguments: [
            (JSON.number("120250784238480294"), "120250784238480294"), ("120250784238480294", "120250784238480294"),
            ("m_a-b=", "m_a-b="), ("mid.$c+/:1", "mid.$c+/:1"), ("call me, Anna", nil), ("anna@example.org", nil), (0, nil),
            ("0", nil), ("", nil), (.null, nil), (true, nil), (.number("1.0e3"), nil),
            (.number("1e3"), nil), (.number("-5"), nil), ("1\u{0}2", nil), (["1"], nil),
            (.string(String(repeating: "1", count: 256)), nil),
        ] as [(JSON, String?)])
    func ids(value: JSON, expected: String?) {
        #expect(value.id == expected)
    }

    @Test(
        "whole numbers are exact or nothing",
        arguments: [
            (.number("9223372036854775807"), .max), (.number("9223372036854775808"), nil), ("-12", -12), ("+12", nil), ("", nil),
            ("-", nil), ("1.0", nil), (.number("1e2"), nil), (true, nil),
        ] as [(JSON, Int64?)])
    func integers(value: JSON, expected: Int64?) {
        #expect(value.integer == expected)
    }

    @Test(
        "truth in all of Meta's spellings",
        arguments: [
            (true, true), (1, true), ("true", true), ("1", true), (false, false), (0, false), ("false", false), ("0", false),
            ("yes", nil), (2, nil), (.null, nil),
        ] as [(JSON, Bool?)])
    func truths(value: JSON, expected: Bool?) {
        #expect(value.truth == expected)
    }

    @Test("access outside a document is nil, an explicit null is not")
    func access() {
        let document: JSON = ["a": [1, .null], "n": .null]
        #expect(document["a"]?[1] == .null)
        #expect(document["n"] == .null)
        #expect(document["b"] == nil && document["a"]?["b"] == nil)
        #expect(document["a"]?[2] == nil && document["a"]?[-1] == nil && document[0] == nil)
    }

    @Test("the canonical form is one text for equal values")
    func canonical() throws {
        let one = try JSON.parse(#"{"b":[1.50,"\u00e4\/","\u0001\ud83d"],"a":{"z":null,"y":true}}"#.utf8)
        let other = try JSON.parse(
            " { \"a\" : { \"y\":true, \"z\":null },\n \"b\":[ 1.50 , \"ä/\" , \"\\u0001\u{FFFD}\" ] } ".utf8)
        #expect(one == other)
        #expect(one.encoded(sortedKeys: true) == other.encoded(sortedKeys: true))
        #expect(one.encoded(sortedKeys: true) == "{\"a\":{\"y\":true,\"z\":null},\"b\":[1.50,\"ä/\",\"\\u0001\u{FFFD}\"]}")
    }

    @Test("what is written is read again")
    func roundTrip() throws {
        let document: JSON = [
            "text": "a\"\\\n\t\u{0}\u{1F}/é😀", "list": [1, -2, true, .null, [:], []], "b": .integer(Int64.min), "e": .text(nil),
        ]
        #expect(try JSON.parse(document.bytes()) == document)
        #expect(try JSON.parse(document.bytes(sortedKeys: true)) == document)
    }
}
