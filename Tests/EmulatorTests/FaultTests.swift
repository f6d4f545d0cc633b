import AsyncHTTPClient
import Foundation
import GraphEmulator
import Testing

@Suite("Scripted faults")
struct FaultTests {
    private static func fault(_ work: String, _ counts: String = "") -> String {
        "{match: {method: POST, path: /11, exact: true}, \(counts) do: {\(work)}}"
    }

    @Test(
        "an error instead of the work",
        arguments: [
            ("status: 500, code: 2, message: down", 500, 2, nil),
            ("code: 17, subcode: 2446079, message: slow", 400, 17, 2_446_079),
            ("status: 200, code: 2, message: hidden", 200, 2, nil),
            ("error: {code: 80004, message: x}, status: 403", 403, 80_004, nil),
        ] as [(String, Int, Int, Int?)])
    func errors(_ work: String, _ status: Int, _ code: Int, _ subcode: Int?) async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: Self.fault(work))
            let answer = try await play.post("/11", ["status": "PAUSED"])
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(answer.subcode == subcode)
            #expect(play.emulator.entity("11")?.status == "ACTIVE")
            #expect(try await play.post("/11", ["status": "PAUSED"]).text == #"{"success":true}"#)
        }
    }

    @Test("counted from a number, so many times, or for ever")
    func counting() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: Self.fault("status: 503, code: 2", "from: 2, count: 2,"))
            var statuses: [Int] = []
            for _ in 1...5 { statuses.append(try await play.post("/11", ["name": "n"]).status) }
            #expect(statuses == [200, 503, 503, 200, 200])
            #expect(try await play.get("/11").status == 200)
            try play.emulator.setFaults(yaml: Self.fault("status: 503, code: 2", "count: forever,"))
            for _ in 1...3 { #expect(try await play.post("/11", ["name": "n"]).status == 503) }
            play.emulator.clearFaults()
            #expect(try await play.post("/11", ["name": "n"]).status == 200)
        }
    }

    @Test("by parameter")
    func params() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: "{match: {params: {status: PAUSED}}, do: {status: 500, code: 1}}")
            #expect(try await play.post("/11", ["name": "n"]).status == 200)
            #expect(try await play.post("/12", ["status": "PAUSED"]).status == 500)
        }
    }

    @Test(
        "by the beginning, the end or the shape of the path",
        arguments: [
            ("prefix: /700", ["/700_1", "/700/leadgen_forms"], ["/555"]), ("suffix: /leads", ["/555/leads"], ["/555"]),
            ("regex: '^/[0-9]+_[0-9]+$'", ["/1_1", "/700_1"], ["/1801", "/1_1/comments"]),
            ("prefix: /1, suffix: /comments", ["/1_1/comments"], ["/700_1/comments", "/1_1"]),
        ] as [(String, [String], [String])])
    func shapes(_ match: String, _ hit: [String], _ missed: [String]) async throws {
        try await Shop.with { (play: Play) async throws in
            try play.emulator.setFaults(yaml: "{match: {\(match)}, count: forever, do: {status: 503, code: 2}}")
            for path in hit { #expect(try await play.get(path, [:], Shop.page).status == 503) }
            for path in missed { #expect(try await play.get(path, [:], Shop.page).status == 200) }
        }
    }

    @Test(
        "a write that is done although its answer is lost, on every new edge",
        arguments: [
            ("/1_1", ["is_hidden": "true"], "hide"), ("/1_1/comments", ["message": "m"], "reply"),
            ("/555/test_leads", [:], "test_lead"),
            ("/700/messages", ["recipient": #"{"comment_id":"1_1"}"#, "message": #"{"text":"m"}"#], "private_reply"),
        ] as [(String, [String: String], String)])
    func lostWrites(_ path: String, _ form: [String: String], _ call: String) async throws {
        for (work, changes) in [("true", 1), ("before", 0)] {
            try await Shop.with { play in
                try play.emulator.setFaults(yaml: "{match: {method: POST, prefix: \(path)}, do: {lost: \(work)}}")
                await #expect(throws: (any Error).self) { try await play.post(path, form, Shop.page) }
                let entry = try #require(play.emulator.log().last)
                #expect(entry.call == call)
                #expect(entry.status == nil)
                #expect(entry.changed.count == changes)
            }
        }
    }

    @Test("the work done, the answer an error")
    func workAndError() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: Self.fault("status: 500, code: 2, work: true"))
            #expect(try await play.post("/11", ["status": "PAUSED"]).status == 500)
            #expect(play.emulator.entity("11")?.status == "PAUSED")
            #expect(play.emulator.log().first?.changed.count == 1)
            #expect(play.emulator.log().first?.status == 500)
        }
    }

    @Test("the connection closed, with and without the work", arguments: [("lost: true", "PAUSED"), ("lost: before", "ACTIVE")])
    func lost(_ work: String, _ status: String) async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: Self.fault(work))
            await #expect(throws: (any Error).self) { try await play.post("/11", ["status": "PAUSED"]) }
            #expect(play.emulator.entity("11")?.status == status)
            let entry = try #require(play.emulator.log().first)
            #expect(entry.lost)
            #expect(entry.status == nil)
            #expect(try await play.get("/11").status == 200)
        }
    }

    @Test("half a body: the announced length doesn't come")
    func half() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: "{match: {path: /act_1}, do: {half: true}}")
            await #expect(throws: (any Error).self) { try await play.get("/act_1", ["fields": "name,currency"]) }
            #expect(try await play.get("/act_1").status == 200)
        }
    }

    @Test("half a JSON text of the right length")
    func cut() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: "{match: {path: /act_1}, do: {half: cut}}")
            let answer = try await play.get("/act_1", ["fields": "name"])
            #expect(answer.status == 200)
            #expect(answer.text == #"{"name":"Belmonte","#.prefix(answer.text.count))
            #expect(answer.json.isEmpty)
        }
    }

    @Test(
        "an HTML page, and any text",
        arguments: [("html: true", 503, "<!DOCTYPE html>"), ("body: Service Unavailable", 200, "Service")])
    func otherText(_ work: String, _ status: Int, _ start: String) async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: "{do: {\(work)}}")
            let answer = try await play.get("/11")
            #expect(answer.status == status)
            #expect(answer.text.hasPrefix(start))
        }
    }

    @Test("throttling headers and a delay leave the answer as it is")
    func headers() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(
                yaml: #"{name: hot, do: {delay_ms: 20, delay_before_ms: 5, headers: {X-App-Usage: '{"call_count":95}'}}}"#)
            let answer = try await play.get("/11")
            #expect(answer.text == #"{"id":"11"}"#)
            #expect(answer.headers["x-app-usage"] == [#"{"call_count":95}"#])
            #expect(play.emulator.log().first?.fault == "hot")
        }
    }

    @Test(
        "a fault that can't be is refused with its place",
        arguments: [
            ("[{match: {path: /x}}]", "[0]: needs 'do'"),
            ("{do: {half: maybe}}", "do.half: must be one of true, length, cut, false"),
            ("{match: {regex: '['}, do: {status: 500}}", "match: has a 'regex' that can't be read"),
            ("{do: {status: 99}}", "do: has a status that can't be"), ("{do: {cod: 1}}", "do: doesn't know the key 'cod'"),
        ])
    func faulty(_ yaml: String, _ reason: String) async throws {
        try await Play.with { play in
            let error = #expect(throws: ScenarioError.self) { try play.emulator.setFaults(yaml: yaml) }
            #expect(error?.description == reason)
        }
    }
}
