import TestSupport
import Testing

@testable import Core

@Suite("A document's bytes with an index")
struct JSONTapeTests {
    private static func canonical(_ tape: JSONTape) -> String? {
        guard tape.isWritable(JSONTape.root) else { return nil }
        var out: [UInt8] = []
        tape.write(JSONTape.root, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test(
        "says what the reader says, of documents and of what is none",
        arguments: [
            "{}", "[]", " [ ] ", #"{"a":1}"#, #"{"b":[1,{"c":null}],"a":"x"}"#, #""text""#, "-0.5e+7", "true", "nul", "tru", "",
            " ", "{", "[1,]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "01", "1.", ".5", "-", "1e", "+1", #""\x""#, #""\u12""#,
            #""\ud83d\ude00""#, #""\ud83d""#, "\"\u{1}\"", #"{"a":1}x"#, "\u{FEFF}[1]", #"{"a":1,"a":2}"#, #"{"a":1]"#, #"[1}"#,
            #"{"ü":"ö","\u0061":[[],{}]}"#, "[[[[1]]]]", #"[null,null]"#, #"{"a":null,"b":{"c":null}}"#,
        ])
    func same(_ text: String) { Self.check(Array(text.utf8)) }

    @Test("and of bytes that were changed at random", arguments: 0..<4)
    func changed(_ seed: UInt64) {
        var draw = FuzzNumbers(state: seed)
        let text = #"{"data":[{"a":"b\n\u00e9","c":[1,-2.5e3,true,null,"ü"],"d":{"e":{}, "f" : [ ]}},{"a":"x"}],"t":false}"#
        for _ in 0..<3_000 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &draw) {
                let place = Int.random(in: 0..<bytes.count, using: &draw)
                switch Int.random(in: 0..<3, using: &draw) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &draw)
                case 1: bytes.remove(at: place)
                case _: bytes.insert(Array(#"{}[]",:\0eu"#.utf8).randomElement(using: &draw) ?? 0, at: place)
                }
            }
            Self.check(bytes)
        }
    }

    @Test("is as deep as the reader, and no deeper", arguments: [Limits.jsonDepthMax, Limits.jsonDepthMax + 1])
    func depth(_ levels: Int) {
        Self.check(Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8))
        Self.check(Array((String(repeating: #"{"a":"#, count: levels) + "1" + String(repeating: "}", count: levels)).utf8))
    }

    private static func check(_ bytes: [UInt8]) {
        let read = try? JSON.parse(bytes)
        let tape = JSONTape(bytes)
        #expect(tape.map { $0.value(JSONTape.root) } == read, "\(String(decoding: bytes, as: UTF8.self))")
        guard let read, let tape, let written = canonical(tape) else { return }
        #expect(written == (read.withoutNulls ?? .null).encoded(sortedKeys: true), "\(String(decoding: bytes, as: UTF8.self))")
    }

    /// Of a key in the middle of a text.
    private static func rank(_ key: String, _ table: KeyTable) -> Int? {
        table.rank(of: 2..<(2 + key.utf8.count), in: Array("xx\(key)yy".utf8))
    }

    @Test("finds a known key by its bytes, and no other")
    func keys() {
        let names = ["em", "ph", "event_time", "event_name", "value", "ü"]
        let table = KeyTable(names)
        #expect(table.names == ["em", "event_name", "event_time", "ph", "value", "ü"])
        for (rank, name) in table.names.enumerated() { #expect(Self.rank(name, table) == rank) }
        for other in ["", "e", "emm", "Em", "event_nam", "valuE"] { #expect(Self.rank(other, table) == nil) }
    }
}
