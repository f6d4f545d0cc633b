import GraphEmulator
import Testing

@Suite("Tokens and proofs")
struct AccessTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var headers: [String: String] = [:]
        let target: String
        let status: Int
        let code: Int
        var subcode: Int?
        let message: String
        var type = "OAuthException"
        var kind = "invalid_token"
    }

    private static let wrong = "774091ca07cc5aac4639bdae13dfee39224cf7c1a1b4de29ec485268733aeb8b"
    private static let good = ["Authorization": "Bearer TOKEN-GOOD"]

    static let refused = [
        Case(
            testDescription: "no token", target: "/act_1", status: 400, code: 104,
            message: "An access token is required to request this resource."),
        Case(
            testDescription: "no token for me", target: "/v26.0/me", status: 400, code: 2500,
            message: "An active access token must be used to query information about the current user."),
        Case(
            testDescription: "a garbled token", headers: ["Authorization": "Bearer nonsense"], target: "/act_1", status: 400,
            code: 190,
            message: "Invalid OAuth access token - Cannot parse access token"),
        Case(
            testDescription: "no proof", headers: good, target: "/act_1", status: 400, code: 100,
            message: "API calls from the server require an appsecret_proof argument", type: "GraphMethodException",
            kind: "invalid_request"),
        Case(
            testDescription: "a proof under another secret", headers: good, target: "/act_1?appsecret_proof=\(wrong)",
            status: 400,
            code: 100, message: "Invalid appsecret_proof provided in the API argument", type: "GraphMethodException",
            kind: "invalid_request"),
        Case(
            testDescription: "an expired token", headers: ["Authorization": "Bearer TOKEN-OLD"],
            target: "/act_1?appsecret_proof=\(Play.Token.old.proof)", status: 400, code: 190, subcode: 463,
            message: "Error validating access token: Session has expired on Friday, 20-Nov-26 03:00:00 PST. "
                + "The current time is Friday, 20-Nov-26 04:00:00 PST."),
        Case(
            testDescription: "another's account", headers: good, target: "/act_2?appsecret_proof=\(Play.Token.good.proof)",
            status: 403,
            code: 200, message: "(#200) Ad account owner has NOT grant ads_management or ads_read permission",
            kind: "invalid_request"),
    ]

    @Test("are refused with Meta's own words", arguments: refused)
    func refusal(_ c: Case) async throws {
        try await Play.with { play in
            let answer = try await play.send("GET", c.target, c.headers)
            #expect(answer.status == c.status)
            #expect(answer.code == c.code)
            #expect(answer.subcode == c.subcode)
            #expect(answer.message == c.message)
            #expect(answer.error["type"] as? String == c.type)
            #expect(answer.error["fbtrace_id"] as? String == answer.headers["x-fb-trace-id"]?.first)
            #expect(answer.headers["www-authenticate"] == [#"OAuth "Facebook Platform" "\#(c.kind)" "\#(c.message)""#])
        }
    }

    @Test("a token may stand in header, query or form")
    func places() async throws {
        try await Play.with { (play: Play) async throws in
            let proof = "appsecret_proof=\(Play.Token.good.proof)"
            #expect(try await play.send("GET", "/11?\(proof)", Self.good).status == 200)
            #expect(try await play.send("GET", "/11?access_token=TOKEN-GOOD&\(proof)").status == 200)
            let form = "access_token=TOKEN-GOOD&\(proof)&name=New"
            #expect(try await play.send("POST", "/11", [:], (form, "application/x-www-form-urlencoded")).status == 200)
            #expect(play.emulator.log().map(\.auth) == ["header", "query", "form"])
        }
    }

    @Test("what a token can't see is missing, as what isn't there")
    func invisible() async throws {
        try await Play.with { play in
            for id in ["21", "999", "act_9"] {
                let answer = try await play.get("/\(id)")
                #expect(answer.status == 400)
                #expect(answer.code == 100)
                #expect(answer.subcode == 33)
                #expect(answer.error["type"] as? String == "GraphMethodException")
                #expect(
                    answer.message.hasPrefix("Unsupported get request. Object with ID '\(id)' does not exist, cannot be loaded"))
            }
            #expect(try await play.get("/21", [:], .all).status == 200)
        }
    }

    @Test(
        "each state of a token has its subcode",
        arguments: [
            ("expired", 463), ("revoked", 467), ("password_changed", 460), ("app_removed", 458), ("checkpoint", 459),
            ("unconfirmed", 464), ("page_role_lost", 492),
        ])
    func states(_ state: String, _ subcode: Int) async throws {
        try await Play.with { play in
            try play.emulator.setToken(name: "good", state: state)
            let answer = try await play.get("/11")
            #expect(answer.code == 190)
            #expect(answer.subcode == subcode)
            #expect(play.emulator.log().last?.token == state)
            try play.emulator.setToken(name: "good", state: "valid")
            #expect(try await play.get("/11").status == 200)
        }
    }

    @Test("a timed proof holds for 300 seconds", arguments: [(0, 200), (299_000, 200), (301_000, 400), (-301_000, 400)])
    func timedProof(_ laterMs: Int64, _ status: Int) async throws {
        try await Play.with("proof_clock: emulator\n" + Play.scenario) { play in
            play.emulator.advanceClock(ms: laterMs)
            let proof = "d5733d3ffb1a8422668f1dd931b18bcf3271abdeb297cc745c5eea38ada26c2c"
            let answer = try await play.send("GET", "/11?appsecret_time=1795176000&appsecret_proof=\(proof)", Self.good)
            #expect(answer.status == status)
        }
    }

    @Test("without the switch a proof may be left out, but not be wrong")
    func optionalProof() async throws {
        try await Play.with("require_proof: false\n" + Play.scenario) { (play: Play) async throws in
            #expect(try await play.send("GET", "/11", Self.good).status == 200)
            #expect(try await play.send("GET", "/11?appsecret_proof=\(Self.wrong)", Self.good).code == 100)
            #expect(play.emulator.log().map(\.proof) == ["none", "wrong"])
        }
    }
}
