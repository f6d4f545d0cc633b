import Core
import Engine
import Foundation
import GraphEmulator
import Outbound
import Signing
import Storage
import TestSupport
import Testing

@Suite("Leads, from the notification to the CRM", .serialized)
struct LeadTests {
    @Test("a lead is read, kept, counted for its ad, its entities touched, and sent once, signed, as the document says")
    func line() async throws {
        let fields =
            #"[{name: full_name, values: ["Zoë Żółć 你好"]}, {name: email, values: [zoe@example.com]}, {name: "größe?", values: [M, L]}]"#
        let consents =
            "ad: \"1111\", consents: [{checkbox_key: optional_1, is_checked: true}, {checkbox_key: optional_2, is_checked: false}]"
        let lead = LeadScene.lead(444, consents, fields: fields)
        try await LeadScene.with([lead], setup: { $0.forms = [LeadForm(id: "5", names: ["größe?": "size"])] }) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()

            #expect(crm.requests.count == 1)
            let request = try #require(crm.requests.first)
            let event = try #require(try await world.store.read { try $0.events(EventFilter(), limit: 1) }.first).event
            let golden = String(decoding: try Fixture.bytes("leads/end-to-end.json"), as: UTF8.self)
                .replacing("<received_at>", with: UTCTime.text(ms: event.receivedAtMs))
            #expect(request.text + "\n" == golden)
            #expect(Self.isSigned(request))

            let stored = try #require(try await world.lead(444))
            #expect(stored.state == .forwarded && stored.lead?.fields.map(\.name) == ["full_name", "email", "size"])
            #expect(
                stored.lead?.consents == [
                    LeadConsent(key: "optional_1", isChecked: true), LeadConsent(key: "optional_2", isChecked: false),
                ])
            for (level, id) in [(EntityLevel.ad, "1111"), (.adset, "111"), (.campaign, "11")] {
                #expect(try await world.counted(level, id) == 1)
                #expect(try await world.touched(level, id) != nil)
            }
            #expect(try await world.counted(.ad, "1112") == 0)
            let attempts = try await world.attempts()
            #expect(attempts.map(\.outcome) == ["done"] && attempts.map(\.status) == [200])
            #expect(attempts.first?.answer == Array("ok".utf8))
        }
    }

    /// Computed here from the headers and the bytes, by nothing of the sender's.
    private static func isSigned(_ request: Receiver.Request) -> Bool {
        guard let id = request.values(of: "webhook-id").first, let time = request.values(of: "webhook-timestamp").first,
            let key = Data(base64Encoded: String(LeadScene.secret.dropFirst(6)))
        else { return false }
        let mac = HMACSHA256.bytes(key: Array(key), Array("\(id).\(time).".utf8) + request.body)
        return request.values(of: "webhook-signature") == ["v1," + Data(mac).base64EncodedString()]
    }

    @Test("429, then a refused token, then silence: no attempt is counted, nothing is lost, and it is sent once")
    func troubles() async throws {
        let faults = """
            - {match: {path: /444, exact: true}, do: {status: 429, code: 4, message: "limit"}}
            - {match: {path: /444, exact: true}, do: {status: 400, code: 190, subcode: 463, message: "expired"}}
            - {match: {path: /444, exact: true}, do: {delay_before_ms: 2500}}
            """
        try await LeadScene.with(faults: faults, setup: { $0.timeoutMs = 1_000 }) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            #expect(try await world.job().reason?.hasPrefix("app_limit:") == true)
            try await world.goOn(until: "held for its Page") { try await world.job().gate == "page:7243" }
            #expect(try await world.job().state == .held)
            try await world.goOn(until: "sent") { crm.requests.count == 1 }
            #expect(world.reads(of: "444") >= 3)  // the one that was given up may or may not have come to its end there
            #expect(try await world.job().tries == 1)
            #expect(try await world.store.read { try $0.gates() }.isEmpty)
        }
    }

    @Test("a lead that can't be read yet is asked for again, soon and then seldom, and no attempt is counted")
    func notReadable() async throws {
        try await LeadScene.with([LeadScene.lead(444, "ad: \"1111\", unreadable_for: 3")]) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            let waiting = try await world.job()
            #expect(waiting.state == .open && waiting.reason?.hasPrefix("lead_not_readable:") == true)
            #expect(waiting.dueAtMs - world.clock.nowMs() <= 2_000)
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(world.reads(of: "444") == 4 && crm.requests.count == 1)
            #expect(try await world.job().tries == 1)
        }
    }

    @Test("a lead that was deleted before it was read is given up after a day, visibly; its ad is touched all the same")
    func deleted() async throws {
        let touch = [ChainStep(handler: "touch")]
        try await LeadScene.with(
            [LeadScene.lead(444, "ad: \"1111\", deleted: true")], setup: { $0.chains = [LeadScene.chain, touch] }
        ) {
            world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            let endMs = world.clock.nowMs() + Limits.leadUnreadableMs + 3_600_000
            try await world.settle(untilMs: endMs)
            let job = try await world.job()
            #expect(job.state == .dead && job.reason?.hasPrefix("lead_gone:") == true)
            #expect((20...150).contains(world.reads(of: "444")), "\(world.reads(of: "444"))")
            #expect(crm.requests.isEmpty)
            #expect(try await world.lead(444) == nil)
            #expect(try await world.counted(.ad, "1111") == 0)
            #expect(try await world.touched(.ad, "1111")?.state == .done)
        }
    }

    @Test("fifty questions with names in any script come through in their order")
    func manyQuestions() async throws {
        let names = (0..<50).map { "вопрос \($0) – 質問 \u{1F600} \"q\"" }
        let fields = "[" + names.map { "{name: '\($0)', values: ['ответ \($0)', \"\"]}" }.joined(separator: ", ") + "]"
        try await LeadScene.with([LeadScene.lead(444, fields: fields)]) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            let document = try JSON.parse(try #require(crm.requests.first).body)
            #expect(document["fields"]?.members.map(\.key) == names)
            for name in names { #expect(document["fields"]?[name] == .array([.string("ответ \(name)"), ""])) }
            #expect(try await world.lead(444)?.lead?.fields.map(\.key) == names)
        }
    }

    @Test("an ad id of 0 is no ad: read, kept and sent, counted for none", arguments: ["\"0\"", "0", "\"\"", "null"])
    func noAd(ad: String) async throws {
        try await LeadScene.with([LeadScene.lead(444, "is_organic: true")]) { world, crm in
            try await world.deliver(
                #"{"object":"page","entry":[{"id":"7243","time":1795175990,"changes":[{"field":"leadgen","value":{"leadgen_id":"444","page_id":"7243","form_id":"5","ad_id":\#(ad),"adgroup_id":\#(ad),"created_time":1795175989}}]}]}"#
            )
            try await world.settle()
            let document = try JSON.parse(try #require(crm.requests.first).body)
            #expect(document["ad"] == .null && document["ad_set"] == .null && document["campaign"] == .null)
            #expect(document["is_organic"] == true)
            #expect(try await world.lead(444)?.adID == nil)
            #expect(try await world.count("SELECT COUNT(*) FROM own_events") == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM touched_entities") == 0)
        }
    }

    @Test("ad fields that this token may not see come from the notification and from what is known of the ad")
    func hiddenAd() async throws {
        try await LeadScene.with(page: ", ad_fields: false") { world, crm in
            try await world.touch(.ad, "1111")
            try await world.settle()
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            let document = try JSON.parse(try #require(crm.requests.first).body)
            #expect(document["ad"] == ["id": "1111", "name": "x"])
            #expect(document["ad_set"]?["id"] == "111" && document["campaign"]?["id"] == "11")
            #expect(try await world.counted(.campaign, "11") == 1)
        }
    }

    @Test("the same lead in other batches is one lead, one send and one count, even after its dedupe key is gone")
    func twice() async throws {
        try await LeadScene.with([LeadScene.lead(444), LeadScene.lead(445)]) { world, crm in
            let change = { (id: Int) in
                #"{"field":"leadgen","value":{"created_time":1795175989,"leadgen_id":\#(id),"page_id":7243,"form_id":5,"ad_id":1111}}"#
            }
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.deliver(
                #"{"entry":[{"time":1795175999,"id":7243,"changes":[\#(change(445)),\#(change(444)),\#(change(444))]}],"object":"page"}"#
            )
            try await world.settle()
            #expect(crm.requests.count == 2)
            #expect(Set(crm.requests.flatMap { $0.values(of: "webhook-id") }).count == 2)
            try await world.store.write { _ = try $0.run("DELETE FROM event_keys") }
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            #expect(crm.requests.count == 2)
            #expect(try await world.count("SELECT COUNT(*) FROM leads") == 2)
            #expect(try await world.counted(.ad, "1111") == 2)
            #expect(try await world.counted(.campaign, "11") == 2)
        }
    }

    @Test("names that can't be read don't hold a lead up, and names that can are read once for many leads")
    func names() async throws {
        let faults = "[{match: {path: /5, exact: true}, count: forever, do: {status: 500, code: 2, message: down}}]"
        try await LeadScene.with((440..<450).map { LeadScene.lead($0) }, faults: faults) { world, crm in
            for id in 440..<450 { try await world.deliver(Scene.lead(id, ad: "1111")) }
            try await world.settle()
            #expect(crm.requests.count == 10)
            for request in crm.requests {
                let document = try JSON.parse(request.body)
                #expect(document["form"] == ["id": "5", "name": .null])
                #expect(document["page"] == ["id": "7243", "name": "Belmonte Shop"])
            }
            world.emulator.clearFaults()
            try world.advance(ms: 61_000)
            let before = world.reads(of: "5")
            for id in 450..<455 {
                _ = try world.emulator.add(yaml: "leads: [\(LeadScene.lead(id))]")
                try await world.deliver(Scene.lead(id, ad: "1111"))
                try await world.settle()
            }
            #expect(world.reads(of: "5") == before + 1)
            #expect(try JSON.parse(try #require(crm.requests.last).body)["form"]?["name"] == "Angebot – Größe")
        }
    }

    @Test("a configured Page token is used as it is, and a Page's name is read with it")
    func configuredToken() async throws {
        try await LeadScene.with(setup: { $0.pageTokens = ["7243": "PAGE-TOKEN"] }) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            #expect(try JSON.parse(try #require(crm.requests.first).body)["page"]?["name"] == "Belmonte Shop")
            #expect(world.emulator.log().filter { $0.path == "/7243" || $0.path == "/444" }.allSatisfy { $0.tokenName == "page" })
        }
    }

    @Test("the workspace's token refused: the lead waits for it and goes on by itself")
    func tokenRefused() async throws {
        try await LeadScene.with { world, crm in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            #expect(try await world.job().gate == "token:belmonte")
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try await world.goOn(until: "sent") { crm.requests.count == 1 }
            #expect(try await world.job().tries == 1)
        }
    }

    @Test("a Page that gives us no token holds its leads; a right that is missing is asked for now and then")
    func pageRefused() async throws {
        try await LeadScene.with(page: ", access: []") { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            #expect(try await world.job().gate == "page:7243")
            #expect(try await world.job().reason?.hasPrefix("access_missing:") == true && crm.requests.isEmpty)
        }
        let faults = #"[{match: {path: /444, exact: true}, count: 2, do: {status: 403, code: 200, message: "permission"}}]"#
        try await LeadScene.with(faults: faults) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            let job = try await world.job()
            #expect(job.state == .open && job.reason?.hasPrefix("permission_missing:") == true && crm.requests.isEmpty)
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(crm.requests.count == 1)
            #expect(world.reads(of: "444") == 3)
        }
    }

    @Test("a Page that no workspace owns: the event is listed as unassigned, and nothing is read")
    func unassigned() async throws {
        try await LeadScene.with { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111", page: "999"))
            try await world.settle()
            let listing = try #require(try await world.store.read { try $0.events(EventFilter(), limit: 1) }.first)
            #expect(listing.event.workspace == Workspace.unassigned && listing.state == .done)
            #expect(world.emulator.log().isEmpty && crm.requests.isEmpty)
        }
    }

    @Test("test leads are kept, never counted, and sent only where that is wanted", arguments: [false, true])
    func testLeads(isWanted: Bool) async throws {
        let fields = #"{full_name: "<test lead: dummy data for full_name>", email: test@meta.com}"#
        try await LeadScene.with(
            [LeadScene.lead(444, "test: true, ad: \"1111\"", fields: fields)],
            setup: { $0.testLeadDestinations = isWanted ? ["crm"] : ["other"] }
        ) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "0"))
            try await world.settle()
            let stored = try #require(try await world.lead(444))
            #expect(stored.isTest && stored.state == (isWanted ? .forwarded : .stored))
            #expect(try await world.count("SELECT COUNT(*) FROM own_events") == 0)
            #expect(crm.requests.count == (isWanted ? 1 : 0))
            if let request = crm.requests.first { #expect(try JSON.parse(request.body)["test"] == true) }
        }
    }
}
