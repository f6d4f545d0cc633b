import Foundation
import GraphEmulator
import Testing

@Suite("Events edge: rules of a data set, and the read-out by pages")
struct EventRuleTests {
    private func send(_ play: Play, _ ids: Range<Int>, _ more: [String: JSONLiteral] = [:]) async throws -> Answer {
        let events = ids.map { EventTests.event(["event_id": .text("e\($0)")].merging(more) { own, _ in own }) }
        return try await play.json("POST", "/v26.0/900/events", EventTests.body(events), Shop.system)
    }

    @Test("an event that a rule names refuses the request, with or without its place, until the rule is taken away")
    func ids() async throws {
        try await Shop.with { (play: Play) async throws in
            try play.emulator.setDataset(yaml: "{id: 900, refuses: [{ids: [e3, e7], subcode: 2804050, message: No.}]}")
            let unplaced = try await send(play, 0..<10)
            #expect(unplaced.status == 400 && unplaced.code == 100 && unplaced.subcode == 2_804_050)
            #expect(!unplaced.text.contains("data'][") && play.emulator.eventTotals().refusedEvents == 10)
            try play.emulator.setDataset(yaml: "{id: 900, refuses: [{ids: [e3, e7], subcode: 2804019, place: true}]}")
            let placed = try await send(play, 2..<9)
            #expect((placed.error["error_user_msg"] as? String)?.hasPrefix("$['data'][1]") == true)
            #expect(try await send(play, 4..<7).status == 200)
            #expect(try await play.control("POST", "dataset", #"{"id": "900"}"#).status == 200)
            #expect(try await send(play, 0..<10).status == 200)
            #expect(play.emulator.eventTotals().accepted == 10 && play.emulator.eventTotals().received == 13)
        }
    }

    @Test(
        "by a member, by the name, or every one",
        arguments: [
            (
                "{has: user_data.fbc}",
                ["user_data": ["em": .text(String(repeating: "ab", count: 32)), "fbc": "fb.1.1795170000000.AbC"]]
            ),
            ("{name: Lead}", ["event_name": "Lead"]), ("{}", ["event_name": "Anything"]),
        ] as [(String, [String: JSONLiteral])])
    func members(_ rule: String, _ change: [String: JSONLiteral]) async throws {
        try await Shop.with { (play: Play) async throws in
            try play.emulator.setDataset(yaml: "{id: 900, refuses: [\(rule)]}")
            #expect(try await send(play, 0..<1).status == (rule == "{}" ? 400 : 200))
            #expect(try await send(play, 1..<2, change).status == 400)
        }
    }

    @Test("a share of all ids is refused, and the same ones always")
    func share() async throws {
        try await Shop.with { (play: Play) async throws in
            try play.emulator.setDataset(yaml: "{id: 900, refuses: [{share: 0.1, place: true}]}")
            var refused: [[Int]] = []
            for _ in 0..<2 {
                var now: [Int] = []
                for id in 0..<200 {
                    if try await send(play, id..<(id + 1)).status == 400 { now.append(id) }
                }
                refused.append(now)
            }
            #expect(refused[0] == refused[1] && (8...35).contains(refused[0].count), "\(refused[0].count)")
            // FNV-1a of the id, modulo a million, below the share: as whoever checks draws it
            let drawn = (0..<200).filter { id in
                var hash: UInt64 = 0xcbf2_9ce4_8422_2325
                for byte in "e\(id)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
                return hash % 1_000_000 < 100_000
            }
            #expect(refused[0] == drawn)
        }
    }

    @Test(
        "a rule that can't be is refused with its place",
        arguments: [
            ("{id: 900, refuses: [{share: 2}]}", "refuses[0].share: must be a share from 0 to 1"),
            ("{id: 900, refuses: [{colour: red}]}", "refuses[0]: doesn't know the key 'colour'"),
            ("{id: 999}", "names no data set: 999"),
        ])
    func faulty(_ yaml: String, _ reason: String) async throws {
        try await Shop.with { (play: Play) async throws in
            let error = #expect(throws: ScenarioError.self) { try play.emulator.setDataset(yaml: yaml) }
            #expect(error?.description == reason)
        }
    }

    @Test(
        "by pages, a line each, in the order in which they first came; the totals are those of the sums",
        arguments: [false, true])
    func pages(isBrief: Bool) async throws {
        try await Shop.with(isBrief ? "event_options: {brief: true}\n" : "") { (play: Play) async throws in
            #expect(try await send(play, 0..<25).status == 200)
            #expect(try await send(play, 20..<30).status == 200)
            var lines: [Substring] = []
            for from in stride(from: 0, through: 40, by: 10) {
                let page = try await play.control("GET", "events.ndjson?from=\(from)&count=10&brief=\(isBrief)")
                #expect(page.headers["content-type"] == ["application/x-ndjson"])
                lines += page.text.split(separator: "\n")
            }
            let records = try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
            #expect(records.map { $0["event_id"] as? String } == (0..<30).map { "e\($0)" })
            #expect(records.map { $0["received"] as? Int } == (0..<30).map { (20..<25).contains($0) ? 2 : 1 })
            #expect(records.allSatisfy { $0["accepted"] as? Int == 1 && ($0["user_data"] == nil) == isBrief })
            let totals = play.emulator.eventTotals()
            #expect(totals.received == 35 && totals.accepted == 30 && totals.duplicates == 5 && totals.requests == 2)
            #expect(play.emulator.eventLines(from: 29, isBrief: isBrief).count == 1)
            #expect(play.emulator.eventLines(from: 99).isEmpty)
        }
    }

    @Test(
        "numbers as JSON has them, and nothing else",
        arguments: [
            ("0", true), ("-0", true), ("10", true), ("0.5", true), ("-12.25e+7", true), ("1E5", true), ("01", false),
            ("-", false),
            ("1.", false), (".5", false), ("1e", false), ("1e+", false), ("+1", false), ("--1", false), ("1.2.3", false),
        ])
    func numbers(_ text: String, _ isNumber: Bool) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await play.json("POST", "/900/events", #"{"data":\#(text)}"#, Shop.system)
            // read, it is no array; else it is no JSON at all
            #expect(answer.message.contains("param data must be an array") == isNumber, "\(answer.text)")
        }
    }
}
