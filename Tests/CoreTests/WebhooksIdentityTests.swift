import Core
import Signing
import TestSupport
import Testing

@Suite("Identity of events")
struct WebhooksIdentityTests {
    static let readable = (Fixture.all(in: "deliveries") + Fixture.all(in: "shapes"))

    @Test("the same event has the same keys in other bytes", arguments: readable)
    func otherBytes(path: String) throws {
        let fixture = try Fixture(path)
        let document = try JSON.parse(fixture.body)
        let keys = decode(fixture).map(Keys.init)
        let variants = [
            document.bytes(), document.bytes(sortedKeys: true), reversed(document).bytes(), spaced(document.bytes()),
            escaped(document),
        ]
        for variant in variants {
            #expect(decode(variant).map(Keys.init) == keys)
        }
    }

    @Test("the same event has the same keys in another batch", arguments: readable)
    func otherBatches(path: String) throws {
        let fixture = try Fixture(path)
        let document = try JSON.parse(fixture.body)
        guard case .object = document else { return }
        let keys = decode(fixture).map(Keys.init)
        #expect(split(document).flatMap { decode($0.bytes()) }.map(Keys.init) == keys)
        let entries = document["entry"]?.items ?? []
        let doubled: JSON = ["object": document["object"] ?? .null, "entry": .array(entries + entries)]
        #expect(decode(doubled.bytes()).map(Keys.init) == keys + keys)
    }

    @Test("the ids of a lead may be numbers or strings")
    func idTypes() {
        let numbers = #"{"leadgen_id":120250784238480294,"adgroup_id":120250784238480295}"#
        let strings = #"{"leadgen_id":"120250784238480294","ad_id":"120250784238480295"}"#
        let one = decode(delivery("page", "leadgen", numbers, id: "7"))
        #expect(one == decode(delivery("page", "leadgen", strings, id: "\"7\"")))
    }

    @Test(
        "no ad id in any spelling names no ad",
        arguments: [
            "0", "\"0\"", "\"\"", "null", "\"00\"", "-1", "1e3", "[]", "{}", "\"ADID\"", "\"12 \"",
        ])
    func noAd(id: String) {
        #expect(decode(delivery("page", "leadgen", #"{"leadgen_id":"5","ad_id":\#(id)}"#)).map(\.entities) == [[]])
    }

    @Test(
        "levels in all of their spellings",
        arguments: [
            ("CAMPAIGN", .campaign), ("campaign", .campaign), ("AD_SET", .adset), ("ADSET", .adset), ("adset", .adset),
            ("AD", .ad),
            ("ad", .ad), ("CREATIVE", nil), ("", nil), ("GALAXY", nil),
        ] as [(String, EntityLevel?)])
    func levels(spelling: String, expected: EntityLevel?) {
        #expect(EntityLevel(spelling: spelling) == expected)
        let events = decode(delivery("ad_account", "with_issues_ad_objects", #"{"id":"55","level":"\#(spelling)"}"#))
        #expect(events.map(\.entities) == [expected.map { [EntityRef($0, "55")] } ?? []])
    }

    @Test("different states of one object are different events")
    func states() {
        let states = [("1", "1"), ("2", "1"), ("1", "2"), ("\"1\"", "1"), ("null", "1")]
        let events = states.flatMap { value, time in decode(delivery("ad_account", "x", value, time: time)) }
        #expect(Set(events.map(\.dedupeKey)).count == states.count)
    }

    @Test("more changes than a delivery may have become the first ones and one that says so")
    func overflow() {
        let entry = #"{"id":"7","time":1,"changes":[{"field":"leadgen","value":{"leadgen_id":"5"}},{"field":"x"}]}"#
        func body(_ entries: Int) -> [UInt8] {
            Array((#"{"object":"page","entry":["# + Array(repeating: entry, count: entries).joined(separator: ",") + "]}").utf8)
        }
        let full = decode(body(Limits.eventsPerDeliveryMax / 2))
        #expect(full.count == Limits.eventsPerDeliveryMax && full.allSatisfy { $0.fault == nil })
        let over = decode(body(Limits.eventsPerDeliveryMax))
        #expect(over.count == Limits.eventsPerDeliveryMax + 1)
        #expect(over.last?.kind == WebhookDecoder.undecodable && over.last?.object == "page" && over.last?.fault != nil)
        #expect(over.dropLast().map(\.dedupeKey) == full.map(\.dedupeKey))
    }

    @Test(
        "times are seconds or milliseconds by their size",
        arguments: [
            ("1751736582", 1_751_736_582_000), ("\"1751736582\"", 1_751_736_582_000), ("1751736582123", 1_751_736_582_123),
            ("99999999999", 99_999_999_999_000), ("100000000000", 100_000_000_000), ("0", 77), ("-5", 77),
            ("9223372036854775807", 77), ("1e12", 77), ("null", 77),
        ] as [(String, Int64)])
    func times(time: String, expected: Int64) {
        #expect(decode(delivery("page", "x", "{}", time: time), receivedAtMs: 77).map(\.occurredAtMs) == [expected])
    }

    @Test("edits A, B, A without a time of their own are three states, in whatever batches they come")
    func edits() {
        func edit(_ text: String, _ time: Int) -> [UInt8] {
            let value = #"{"item":"comment","verb":"edited","comment_id":"1_2","created_time":5,"message":"\#(text)"}"#
            return delivery("page", "feed", value, time: "\(time)")
        }
        let edits = [edit("A", 10), edit("B", 11), edit("A", 12)].flatMap { decode($0) }
        #expect(Set(edits.map(\.dedupeKey)).count == 3 && Set(edits.map(\.orderKey)) == ["comment:1_2"])
        #expect(decode(edit("A", 10)).map(\.dedupeKey) == [edits[0].dedupeKey])
    }

    @Test("two edits at one time differ by their text, and one with a time of its own by that")
    func editTimes() {
        func key(_ members: String) -> String? {
            let value = #"{"item":"comment","verb":"edited","comment_id":"1_2",\#(members)}"#
            return decode(delivery("page", "feed", value)).first?.dedupeKey
        }
        #expect(key(#""message":"A""#) != key(#""message":"B""#))
        #expect(key(#""message":"A","edited_time":7"#) == "comment:1_2:edited:7")
    }

    @Test("hide, unhide, hide of one comment are three events in one order")
    func hides() {
        let events = [("hide", 10), ("unhide", 11), ("hide", 12)].flatMap { verb, time in
            let value = #"{"item":"comment","verb":"\#(verb)","comment_id":"1_2","post_id":"9_1","created_time":5}"#
            return decode(delivery("page", "feed", value, time: "\(time)"))
        }
        #expect(Set(events.map(\.dedupeKey)).count == 3 && Set(events.map(\.orderKey)) == ["comment:1_2"])
    }

    @Test("an Instagram comment is one event, however often Meta tells of it", arguments: ["comments", "live_comments"])
    func instagramTwice(field: String) {
        let told = [#"{"id":"5","text":"a"}"#, #"{"comment_id":"5","text":"a","created_time":3}"#].enumerated().flatMap {
            decode(delivery("instagram", field, $1, time: "\(10 + $0)"))
        }
        #expect(told.map(\.dedupeKey) == ["comment:5:add", "comment:5:add"])
    }

    @Test("a telephone number stands in no key, nor does the message's id that holds it")
    func telephone() {
        let value =
            #"{"metadata":{"phone_number_id":"77"},"messages":[{"from":"491234567890","id":"wamid.HBgMNDkxMjM0","timestamp":"5"}]}"#
        let events = decode(delivery("whatsapp_business_account", "messages", value))
        #expect(events.map(\.dedupeKey) == ["message:\(concealed("wamid.HBgMNDkxMjM0"))"])
        #expect(events.map(\.orderKey) == ["thread:\(concealed("491234567890")):77"])
    }

    @Test("who can't conceal decodes nothing")
    func unconcealed() {
        struct Locked: Error {}
        let body = delivery("whatsapp_business_account", "messages", #"{"messages":[{"from":"49","id":"wamid.A"}]}"#)
        #expect(throws: Locked.self) {
            try WebhookDecoder.decode(body, receivedAtMs: 1, digest: SHA256.hex, conceal: { _ throws(Locked) in throw Locked() })
        }
    }

    @Test("names from outside are harmless in kinds and keys")
    func names() {
        let events = decode(delivery(#"pa\u0000ge\n\u00e4"#, String(repeating: "f", count: 1000), "1"))
        #expect(events.map(\.object) == ["pa_ge___"])
        #expect(events.map(\.field.count) == [64])
    }
}

private struct Keys: Equatable {
    let dedupe, order: String?
    let entities: [EntityRef]
    let occurredAtMs: Int64

    init(_ event: Event) {
        dedupe = event.dedupeKey
        order = event.orderKey
        entities = event.entities
        occurredAtMs = event.occurredAtMs
    }
}

private func decode(_ body: [UInt8], receivedAtMs: Int64 = 1_700_000_000_000) -> [Event] {
    WebhookDecoder.decode(body, receivedAtMs: receivedAtMs, digest: SHA256.hex, conceal: concealed)
}

/// A delivery of one change; every argument but the names is JSON.
private func delivery(
    _ object: String, _ field: String, _ value: String, id: String = "\"7\"", time: String = "1751736582"
) -> [UInt8] {
    let change = #"{"field":"\#(field)","value":\#(value)}"#
    return Array(#"{"object":"\#(object)","entry":[{"id":\#(id),"time":\#(time),"changes":[\#(change)]}]}"#.utf8)
}

private func reversed(_ value: JSON) -> JSON {
    switch value {
    case .array(let items): .array(items.map(reversed))
    case .object(let object): .object(JSONObject(object.members.reversed().map { .init(key: $0.key, value: reversed($0.value)) }))
    case .null, .bool, .number, .string: value
    }
}

/// Spaces around every structural byte outside strings.
private func spaced(_ bytes: [UInt8]) -> [UInt8] {
    var inString = false
    var escaped = false
    return bytes.flatMap { byte -> [UInt8] in
        defer { escaped = byte == UInt8(ascii: "\\") && !escaped }
        if byte == UInt8(ascii: "\""), !escaped { inString.toggle() }
        return !inString && "{}[],:".utf8.contains(byte) ? Array(" \n".utf8) + [byte, 0x09] : [byte]
    }
}

/// Every character of every string as `\uXXXX`.
private func escaped(_ value: JSON) -> [UInt8] {
    func text(_ text: String) -> String {
        "\"" + text.utf16.map { "\\u" + String(0x1_0000 + UInt32($0), radix: 16).dropFirst() }.joined() + "\""
    }
    func write(_ value: JSON) -> String {
        switch value {
        case .array(let items): "[" + items.map(write).joined(separator: ",") + "]"
        case .object(let object): "{" + object.members.map { text($0.key) + ":" + write($0.value) }.joined(separator: ",") + "}"
        case .string(let string): text(string)
        case .null, .bool, .number: value.encoded()
        }
    }
    return Array(write(value).utf8)
}

/// One delivery per change.
private func split(_ document: JSON) -> [JSON] {
    (document["entry"]?.items ?? []).flatMap { entry -> [JSON] in
        guard case .object(let object) = entry else { return [] }
        let lists = ["changes", "messaging", "standby"].filter { object[$0] != nil }
        let alone =
            lists.isEmpty
            ? [entry]
            : lists.flatMap { key in
                (object[key]?.items ?? []).map { item in
                    var single = JSONObject(object.members.filter { !lists.contains($0.key) })
                    single[key] = [item]
                    return JSON.object(single)
                }
            }
        return alone.map { ["entry": [$0], "object": document["object"] ?? .null] }
    }
}
