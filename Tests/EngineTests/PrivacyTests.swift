import Core
import Engine
import Foundation
import GraphEmulator
import Signing
import Storage
import TestSupport
import Testing

@Suite("What people asked to be deleted, and what is too old", .serialized)
struct PrivacyTests {
    private static let text = "a secret 8241 of mine"
    private static let day: Int64 = 86_400_000

    // MARK: people

    @Test("a deletion empties what the person wrote, its raw bytes too, and nothing of anybody else; asked twice, it is one")
    func deletion() async throws {
        try await CommentScene.with { world in
            let mine = try await world.deliver(.comment("add", "1_9", Self.text, from: "5"))
            try await world.deliver(.comment("edited", "1_9", Self.text + "!", at: 1, from: "5"))
            let other = try await world.deliver(.comment("add", "1_8", "hello", from: "6"))
            try await world.settle()
            #expect(try await world.history("1_9").map(\.text) == [Self.text, Self.text + "!"])
            for _ in 0..<2 { try await world.ask(.dataDeletion, user: "5") }
            try await world.settle()
            let lines = LogLines()
            await world.sweep(lines)
            #expect(try await world.history("1_9").map(\.text) == [nil, nil])
            #expect(try await world.history("1_9").map(\.authorID) == [nil, nil])
            #expect(try await world.history("1_8").map(\.text) == ["hello"])
            #expect(try await world.isErased(mine) == true)
            #expect(try await world.isErased(other) == false)
            let callbacks = try await world.store.read { try $0.callbacks(state: nil, limit: 10) }
            #expect(callbacks.map(\.state) == [.done] && callbacks.map(\.erased) == [4])
            #expect(lines.text.contains("were deleted") && lines.text.contains(callbacks[0].code))
            #expect(!lines.text.contains("secret 8241") && !lines.text.contains("Nadia"))
            // What counts goes on counting.
            #expect(try await world.comments(.campaign, "11") == 2)
            await world.sweep(lines)
            try await world.ask(.dataDeletion, user: "5")
            try await world.settle()
            await world.sweep(lines)
            #expect(try await world.store.read { try $0.callbacks(state: nil, limit: 10) } == callbacks)
            #expect(try await world.history("1_8").map(\.text) == ["hello"])
        }
    }

    @Test("a deletion later than the first is carried out for what came in between")
    func again() async throws {
        try await CommentScene.with { world in
            try await world.deliver(.comment("add", "1_9", Self.text, from: "5"))
            try await world.ask(.dataDeletion, user: "5")
            try await world.settle()
            await world.sweep()
            try await world.deliver(.comment("add", "1_8", Self.text, at: 5, from: "5"))
            try await world.settle()
            await world.sweep()
            #expect(try await world.history("1_8").map(\.text) == [Self.text])
            try await world.ask(.dataDeletion, user: "5", issuedAt: 1_700_000_001)
            try await world.settle()
            await world.sweep()
            #expect(try await world.history("1_8").map(\.text) == [nil])
            #expect(try await world.store.read { try $0.callbacks(state: .done, limit: 10) }.count == 2)
        }
    }

    @Test("a deletion that comes while a comment waits for its ads is not undone when it goes on")
    func waiting() async throws {
        let faults = #"[{match: {path: "act_1/ads"}, count: forever, do: {status: 403, code: 200, message: "no"}}]"#
        try await CommentScene.with(CommentScene.chain, { $0.accounts = ["1", "2"] }, faults: faults) { world in
            try await world.deliver(
                .comment("add", "2_1", Self.text, post: "7243_2", from: "5"),
                .comment("add", "2_2", "hello", post: "7243_2", from: "6"))
            try await world.settle()
            #expect(try await world.history("2_1").isEmpty)
            try await world.ask(.dataDeletion, user: "5")
            try await world.settle()
            await world.sweep()
            world.emulator.clearFaults()
            try await world.goOn(until: "the other one is stored") { try await world.history("2_2").map(\.text) == ["hello"] }
            #expect(try await world.history("2_1").allSatisfy { $0.text == nil && $0.authorID == nil })
        }
    }

    @Test("a lead that is erased while it waits to be read is never read")
    func waitingLead() async throws {
        let faults =
            "[{match: {path: /444, exact: true}, count: forever, do: {status: 400, code: 190, subcode: 463, message: expired}}]"
        try await LeadScene.with(faults: faults) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.goOn(until: "held") { try await world.job().state == .held }
            let nowMs = world.clock.nowMs()
            #expect(try await world.store.write { try $0.eraseLead("44", nowMs: nowMs) }.jobs == 0)
            #expect(try await world.store.write { try $0.eraseLead("444", workspace: "other", nowMs: nowMs) }.jobs == 0)
            #expect(try await world.store.write { try $0.eraseLead("444", nowMs: nowMs) }.jobs == 1)
            #expect(try await world.store.write { try $0.eraseLead("444", nowMs: nowMs) }.jobs == 0)
            world.emulator.clearFaults()
            for _ in 0..<5 {
                try world.advance(ms: 120_000)
                try await world.settle()
            }
            #expect(try await world.job().state == .done)
            #expect(try await world.lead(444) == nil)
            #expect(crm.requests.isEmpty)
        }
    }

    @Test("a deauthorisation empties nothing; it is noted for the operator and done")
    func deauthorisation() async throws {
        try await CommentScene.with { world in
            let mine = try await world.deliver(.comment("add", "1_9", Self.text, from: "5"))
            try await world.ask(.deauthorize, user: "5")
            try await world.settle()
            let lines = LogLines()
            await world.sweep(lines)
            let callbacks = try await world.store.read { try $0.callbacks(state: nil, limit: 10) }
            #expect(callbacks.map(\.kind) == [.deauthorize] && callbacks.map(\.state) == [.done] && callbacks[0].erased == 0)
            #expect(try await world.history("1_9").map(\.text) == [Self.text])
            #expect(try await world.isErased(mine) == false)
            #expect(lines.text.contains("warning") && lines.text.contains("app=") || lines.text.contains("main"))
        }
    }

    @Test("a round that the store refuses is told, and the next one does it")
    func storeGone() async throws {
        try await CommentScene.with { world in
            try await world.deliver(.comment("add", "1_9", Self.text, from: "5"))
            try await world.ask(.dataDeletion, user: "5")
            try await world.settle()
            let closed = try TemporaryStore().open()
            await closed.close()
            let lines = LogLines()
            await Janitor(store: closed, policy: RetentionPolicy(), clock: world.clock, logger: lines.logger).sweep()
            #expect(lines.text.contains("janitor"))
            await world.sweep()
            #expect(try await world.history("1_9").map(\.text) == [nil])
        }
    }

    // MARK: age

    @Test(
        "what is older than it is kept goes, in small steps; what is younger, open or held stays",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func retention() async throws {
        try await World.with { world in
            for number in 0..<450 { try await world.deliver(Scene.touch(.ad, ["1111"], n: number)) }
            try await world.settle()
            world.clock.advance(ms: 20 * Self.day)
            let young = try await world.deliver(Scene.touch(.ad, ["1112"], n: 1_000))
            try await world.settle()
            let before = try world.store.health.commits
            await world.sweep()
            #expect(try await world.count("SELECT COUNT(*) FROM event_keys") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM deliveries") == 451)
            world.clock.advance(ms: 11 * Self.day)
            let lines = LogLines()
            await world.sweep(lines)
            #expect(try await world.count("SELECT COUNT(*) FROM deliveries") == 1)
            #expect(try await world.store.read { try $0.delivery(young) } != nil)
            #expect(try await world.count("SELECT COUNT(*) FROM events") == 451)
            #expect(lines.text.contains("deliveries") && lines.text.contains("450"))
            // No write took more than 200 rows: the 450 keys and the 450 deliveries were three each.
            #expect(try world.store.health.commits - before >= 6)
            world.clock.advance(ms: 60 * Self.day)
            await world.sweep()
            #expect(try await world.count("SELECT COUNT(*) FROM events") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM jobs") == 1)
            world.clock.advance(ms: 60 * Self.day)
            await world.sweep()
            #expect(try await world.count("SELECT COUNT(*) FROM events") == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM metric_facts") > 0)
        }
    }

    @Test("a policy of one's own is what counts", .enabled(if: TemporaryStore.engine == .sqlite))
    func policy() async throws {
        try await World.with { world in
            for number in 0..<3 { try await world.deliver(Scene.touch(.ad, ["1111"], n: number)) }
            try await world.settle()
            world.clock.advance(ms: 10 * Self.day)
            await world.sweep()
            #expect(try await world.count("SELECT COUNT(*) FROM deliveries") == 3)
            var policy = RetentionPolicy()
            policy.deliveriesMs = 9 * Self.day
            await world.sweep(policy: policy)
            // The newest stays: the place of the next is counted from it.
            #expect(try await world.count("SELECT COUNT(*) FROM deliveries") == 1)
        }
    }

    @Test("what waits at a gate stays, whatever its age, and goes on when the gate opens")
    func held() async throws {
        let faults =
            "[{match: {path: /444, exact: true}, count: forever, do: {status: 400, code: 190, subcode: 463, message: expired}}]"
        try await LeadScene.with(faults: faults) { world, crm in
            let lead = try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.goOn(until: "held") { try await world.job().state == .held }
            let touch = try await world.deliver(Scene.touch(.ad, ["1112"], n: 1))
            try await world.settle()
            world.clock.advance(ms: 100 * Self.day)
            try await world.deliver(Scene.touch(.ad, ["1112"], n: 2))
            try await world.settle()
            await world.sweep()
            #expect(try await world.store.read { try $0.delivery(touch) } == nil)
            #expect(try await world.store.read { try $0.delivery(lead) } != nil)
            #expect(try await world.count("SELECT COUNT(*) FROM jobs WHERE state = 'held'") == 1)
            #expect(crm.requests.isEmpty)
            world.emulator.clearFaults()
            try await world.goOn(until: "sent") { crm.requests.count == 1 }
        }
    }
}

extension World {
    /// One round of the janitor's, by this world's clock.
    fileprivate func sweep(_ lines: LogLines = LogLines(), policy: RetentionPolicy = RetentionPolicy()) async {
        guard let store = try? store else { return }
        await Janitor(store: store, policy: policy, clock: clock, logger: lines.logger).sweep()
    }

    /// What the public port stores of a callback, by the only way there is.
    fileprivate func ask(_ kind: CallbackKind, user: String, issuedAt: Int64 = 1_700_000_000) async throws {
        let payload: JSON = ["algorithm": "HMAC-SHA256", "issued_at": .integer(issuedAt), "user_id": .string(user)]
        let text = Self.base64url(payload.bytes())
        let signature = HMACSHA256.bytes(key: Array(Scene.appSecret.utf8), Array(text.utf8))
        let verified = try SignedRequest.verify(
            "\(Self.base64url(signature)).\(text)", apps: [AppSecrets(app: "main", secrets: [Scene.appSecret])]
        ).get()
        let code = try store.conceal("callback|main|\(kind.rawValue)|\(user)|\(issuedAt)").prefix(20)
        let path = kind == .deauthorize ? "deauthorize" : "data-deletion"
        _ = try await store.append(
            Envelope(callback: verified, target: "/callbacks/meta/\(path)/\(code)"), receivedAtMs: clock.nowMs())
    }

    private static func base64url(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    fileprivate func isErased(_ seq: Int64) async throws -> Bool? {
        try await store.read { try $0.delivery(seq)?.isErased }
    }
}
