import Core
import Gateway
import Signing
import Storage
import TestSupport
import Testing

@Suite("Erasing what people left", .serialized)
struct EraseTests {
    private static let text = "a secret 8242 of mine"

    /// A comment of user 5 on Page 7243; `n` makes it one of its own.
    private static func comment(_ n: Int, from user: String = "5") -> String {
        #"{"object":"page","entry":[{"id":"7243","time":\#(1_795_175_990 + n),"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"1_\#(n)","post_id":"7243_1","from":{"id":"\#(user)","name":"N"},"message":"\#(text)","created_time":\#(1_795_175_980 + n)}}]}]}"#
    }

    @Test(
        "through a running gateway, and without one: the same, told by table, and nothing the second time",
        arguments: [true, false])
    func door(isRunning: Bool) async throws {
        try await GatewayHouse.with { house in
            try await house.adminAnswers()
            for n in 1...3 { try await house.deliver(Self.comment(n)) }
            try await house.deliver(Self.comment(4, from: "6"))
            try await eventually("decoded") { try await house.count("SELECT COUNT(*) FROM deliveries WHERE decoded = 1") == 4 }
            try await house.allDone()
            if !isRunning { await house.stop() }
            let door = OperatorDoor(settings: house.settings)
            let elsewhere = try await door.erase(Erasure(.people(["user:5"]), workspace: "belmonte"))
            #expect(elsewhere.deliveries == 3 && elsewhere.total == 3 && elsewhere.isComplete)
            #expect(try await door.erase(Erasure(.people(["user:5"]), workspace: nil)).total == 0)
            #expect(try await door.erase(Erasure(.lead("444"), workspace: nil)).total == 0)
            if !isRunning { try await house.start() }
            let bodies = try await house.store.read { transaction in
                try (1...4).map { try transaction.delivery($0)?.request.map { String(decoding: $0.body, as: UTF8.self) } }
            }
            #expect(bodies.map { $0?.contains(Self.text) } == [nil, nil, nil, true])
        }
    }

    @Test(
        "the admin port takes keys and ids, and no plain word about a person",
        arguments: [
            (#"{"people":["em:jane@shop.example"]}"#, "erasure_invalid"),
            (#"{"people":["jane@shop.example"]}"#, "erasure_invalid"),
            (#"{"people":[]}"#, "erasure_invalid"), (#"{"people":["user:5","x"]}"#, "erasure_invalid"), ("{}", "erasure_invalid"),
            (#"{"lead":"4","people":["user:5"]}"#, "erasure_invalid"), (#"{"lead":"444","workspace":7}"#, "erasure_invalid"),
            (#"{"lead":"444","workspace":"nobody"}"#, "workspace_unknown"),
        ])
    func refused(body: String, code: String) async throws {
        try await GatewayHouse.with { house in
            try await house.adminAnswers()
            let answer = try await house.admin("/v1/erase", body: body)
            #expect(answer.status == 400 && answer.document["error"]?["code"]?.text == code)
            #expect(!answer.document.encoded().contains("jane"))
            #expect(try await house.admin("/v1/erase", token: "wrong", body: #"{"lead":"444"}"#).status == 401)
        }
    }

    @Test(
        "what is to be erased goes from a command to the gateway and comes out the same",
        arguments: [
            Erasure(.lead("444"), workspace: nil), Erasure(.people(["user:5"]), workspace: "belmonte"),
            Erasure(
                .people(["em:" + SHA256.hex(Array("jane@shop.example".utf8)), "external_id:" + SHA256.hex([1])]), workspace: nil),
        ])
    func form(erasure: Erasure) throws {
        #expect(Erasure(try JSON.parse(erasure.json.bytes())) == erasure)
    }
}
