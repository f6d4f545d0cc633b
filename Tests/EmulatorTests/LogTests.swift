import Foundation
import GraphEmulator
import Testing

@Suite("Log, control and clock")
struct LogTests {
    private static func file() -> String { NSTemporaryDirectory() + "emulator-\(UUID().uuidString)" }

    @Test("each request is a line of the file before its answer, without tokens, proofs or secrets")
    func log() async throws {
        let path = Self.file()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await Play.with(logFile: path) { play in
            let proof = Play.Token.good.proof
            _ = try await play.send("GET", "/v26.0/act_1/ads?access_token=TOKEN-GOOD&appsecret_proof=\(proof)&limit=1")
            _ = try await play.send("GET", "/TOKEN-GOOD/app-secret-1?x=TOKEN-GOOD")
            _ = try await play.post("/11", ["status": "PAUSED", "access_token": "TOKEN-GOOD"])
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.count == 3)
            for secret in ["TOKEN-GOOD", proof, "app-secret-1"] { #expect(!text.contains(secret)) }
            let first = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
            #expect(first["kind"] as? String == "graph")
            #expect(first["n"] as? Int == 1)
            #expect(first["at_ms"] as? Int == 1_795_176_000_000)
            #expect(first["path"] as? String == "/act_1/ads")
            #expect(first["op"] as? String == "edge")
            #expect(first["account"] as? String == "1")
            #expect(first["query"] as? [String: String] == ["limit": "1"])
            #expect(first["token_name"] as? String == "good")
            #expect(first["ids"] as? [String] == ["1111"])
            #expect(first["code"] is NSNull)
        }
    }

    @Test("a body over a megabyte is refused, and in the log")
    func tooLarge() async throws {
        try await Play.with { play in
            let answer = try await play.post("/11", ["name": String(repeating: "x", count: 1024 * 1024)])
            #expect(answer.status == 413)
            #expect(play.emulator.log().map(\.status) == [413])
        }
    }

    @Test("the clock runs, stands and is moved")
    func clock() async throws {
        try await Play.with { play in
            #expect(play.emulator.nowMs == 1_795_176_000_000)
            let json = "application/json"
            let moved = try await play.send("POST", "/_emulator/clock", [:], (#"{"advance_ms": 1000}"#, json))
            #expect(moved.json["now_ms"] as? Int == 1_795_176_001_000)
            let set = try await play.send("POST", "/_emulator/clock", [:], (#"{"set": "2026-12-01T00:00:00+01:00"}"#, json))
            #expect(set.json["now_ms"] as? Int == 1_796_079_600_000)
            #expect(play.emulator.nowMs == 1_796_079_600_000)
        }
        try await Play.with(#"{clock: "2026-11-20T12:00:00Z"}"#) { play in
            #expect((0..<60_000).contains(play.emulator.nowMs - 1_795_176_000_000))
        }
    }

    @Test("control moves the world over HTTP as in the process")
    func control() async throws {
        try await Play.with { play in
            func control(_ method: String, _ name: String, _ body: String? = nil) async throws -> Answer {
                try await play.send(method, "/_emulator/\(name)", [:], body.map { ($0, "application/json") })
            }
            #expect(try await control("POST", "faults", #"[{"name": "f", "do": {"status": 500, "code": 2}}]"#).status == 200)
            #expect(try await play.get("/11").status == 500)
            #expect(try await control("GET", "faults").text == #"[{"name":"f","matched":1}]"#)
            #expect(try await control("DELETE", "faults").status == 200)
            #expect(try await control("POST", "edit", #"{"id": "11", "status": "PAUSED"}"#).status == 200)
            #expect(try await control("POST", "token", #"{"name": "good", "state": "expired"}"#).status == 200)
            #expect(try await play.get("/11").subcode == 463)
            #expect(try await control("POST", "insights", #"[{"id": "1211", "day": -1, "impressions": 9}]"#).status == 200)
            let state = try await control("GET", "state").json["entities"] as? [[String: Any]]
            #expect(state?.first { $0["id"] as? String == "11" }?["status"] as? String == "PAUSED")
            let graph = try await control("GET", "log?since=1&kind=graph").text.split(separator: "\n")
            #expect(graph.count == 2)
            #expect(try await control("POST", "token", #"{"name": "nobody", "state": "valid"}"#).status == 400)
            #expect(try await control("POST", "clock", "[").status == 400)
            #expect(try await control("GET", "nothing").status == 404)
        }
    }

    @Test(
        "a faulty scenario names the place",
        arguments: [
            ("account: []", "doesn't know the key 'account'"),
            ("clock: yesterday", "clock: must be a moment such as 2026-11-20T12:00:00Z"),
            ("tokens: [{token: T, app: 9}]", "tokens[0]: names an app that isn't in 'apps'"),
            ("accounts: [{id: 1, timezone: Mars/Olympus}]", "accounts[0]: has a time zone that isn't known: Mars/Olympus"),
            ("accounts: [{id: 1, campaigns: [{id: 1x}]}]", "accounts[0].campaigns[0]: needs an id of digits"),
            ("accounts: [{id: 1, campaigns: [{id: 5, colour: red}]}]", "accounts[0].campaigns[0]: doesn't know the key 'colour'"),
            ("insights: [{id: 7}]", "insights[0]: is about 7, which isn't in any account"),
            (
                "{accounts: [{id: 1, campaigns: [{id: 5}]}], insights: [{id: 5, spend: -1}]}",
                "insights[0].spend: must be a decimal number without a sign, six places at most"
            ),
            ("", "is empty"),
        ])
    func faulty(_ yaml: String, _ reason: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(yaml: yaml) }
        #expect(error?.description == reason)
    }
}
