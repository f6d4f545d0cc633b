import Core
import Foundation
import Gateway
import GraphEmulator
import Signing
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("From a signed event to an action, over real TLS", .serialized)
struct EndToEndTests {
    /// One notification of lead 900 in many bytes: white space, order of keys, escapes, kinds of ids, unknown members, alone and in batches.
    static let variants: [String] = {
        let values = [
            #"{"leadgen_id":"900","page_id":"7243","form_id":"5","ad_id":"1111","created_time":1795175989}"#,
            #"{"created_time":1795175989,"ad_id":"1111","form_id":"5","page_id":"7243","leadgen_id":"900"}"#,
            #"{"leadgen_id":900,"page_id":7243,"form_id":5,"ad_id":1111,"created_time":1795175989}"#,
            #"{"leadgen_id":"\u0039\u00300","page_id":"7243","form_id":"5","\u0061d_id":"11\u00311","created_time":1795175989}"#,
            #"{ "leadgen_id" : "900" , "page_id":"7243","form_id":"5","ad_id":"1111","created_time":1795175989,"new":{"a":[1,2,{}]}}"#,
            #"{"leadgen_id":"900","page_id":"7243","form_id":"5","ad_id":"1111","adgroup_id":"1111","created_time":1795175989,"new":"\ud83d\ude00 \/"}"#,
        ]
        let frames: [@Sendable (String) -> String] = [
            { #"{"object":"page","entry":[{"id":"7243","time":1795175990,"changes":[{"field":"leadgen","value":\#($0)}]}]}"# },
            { #"{"entry":[{"changes":[{"value":\#($0),"field":"leadgen"}],"time":1795175990,"id":"7243"}],"object":"page"}"# },
            {
                "{\r\n\t\"object\" : \"page\",\n\"entry\":[ {\"id\":7243, \"time\":1795175991, \"changes\":[{\"field\":\"leadgen\",\"value\":\($0)}]} ]}\n"
            },
            // regrouped: twice in one entry, beside another lead, and in an entry of its own
            {
                #"{"object":"page","entry":[{"id":"7243","time":1795175990,"changes":[{"field":"leadgen","value":\#($0)},{"field":"leadgen","value":\#($0)}]}]}"#
            },
            {
                #"{"object":"page","entry":[{"id":"7243","time":1795175990,"changes":[{"field":"leadgen","value":{"leadgen_id":"901","page_id":"7243","ad_id":"1111","created_time":1795175989}}]},{"id":"7243","time":1795175992,"changes":[{"field":"leadgen","value":\#($0)}]}]}"#
            },
        ]
        let all = frames.flatMap { frame in values.map { frame($0) } }
        return (0..<64).map { all[$0 % all.count] + String(repeating: " ", count: $0 / all.count) }
    }()

    @Test(
        "reliability 5: 64 connections send byte variants of one notification at once, some regrouped in batches: 200 each, one effect"
    )
    func variants() async throws {
        #expect(Set(Self.variants).count == 64)
        try await GatewayHouse.with(
            routes: "- {name: leads, match: {object: page, field: leadgen}, chain: [touch, {notify: team}]}",
            destinations: [#"name: team, url: "RECEIVER/hook", secret: "${HOOK}", per_second: 1000"#]
        ) { house in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for body in Self.variants { group.addTask { try await house.deliver(body) } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 64))
            try await eventually("all is decoded") {
                try await house.count("SELECT COUNT(*) FROM deliveries WHERE decoded = 0") == 0
            }
            try await eventually("both leads are told") { house.receiver.requests.count == 2 }
            try await eventually("nothing waits") {
                try await house.count("SELECT COUNT(*) FROM outbox WHERE state <> 'done'") == 0
            }
            #expect(try await house.count("SELECT COUNT(*) FROM deliveries") == 64)
            #expect(try await house.count("SELECT COUNT(*) FROM events") == 2)
            #expect(try await house.count("SELECT COUNT(*) FROM event_keys WHERE dedupe_key = 'lead:900'") == 1)
            let sent = Self.variants.reduce(0) { $0 + $1.split(separator: "created_time").count - 1 }
            #expect(try await house.count("SELECT SUM(events) FROM deliveries") == 2)
            #expect(try await house.count("SELECT SUM(duplicates) FROM deliveries") == sent - 2)
            #expect(try await house.count("SELECT COUNT(*) FROM jobs") == 2)
            #expect(try await house.count("SELECT COUNT(*) FROM touched_entities WHERE level = 'ad'") == 1)
            #expect(try await house.count("SELECT generation FROM touched_entities WHERE level = 'ad'") == 2)
            #expect(house.receiver.requests.count == 2)
        }
    }

    @Test("a lead touches its ad, the figures of its campaign are read, the rule pauses it once, and why tells the whole story")
    func why() async throws {
        try await GatewayHouse.with(rules: GatewayHouse.pausing) { house in
            #expect(try await house.deliver(GatewayHouse.lead("1")) == 200)
            try await eventually("paused") { try await house.actions().first?.state == .done }
            #expect(house.emulator.entity("11")?.status == "PAUSED" && house.posts.count == 1)
            let id = try await house.actions()[0].id
            let secrets = house.settings.appSecrets
            let why = try #require(try await house.store.read { try Explanation(of: id, in: $0, apps: secrets) })
            let lines = why.lines
            #expect(lines[0].contains("pause campaign 11: status ACTIVE → PAUSED, done, read back PAUSED"))
            #expect(lines.contains { $0.hasPrefix("← decision of rule stop") })
            #expect(lines.contains { $0.contains("roas over last_7d") && $0.contains("> 3") && $0.contains("true") })
            #expect(lines.contains { $0.contains("spend 78.13 EUR, 1000 impressions, 50 clicks") })
            #expect(lines.contains { $0.hasPrefix("← event") && $0.contains("page.leadgen") })
            #expect(lines.last == "    signature: valid, app main")
            let document = why.document
            #expect(document["action"]?["state"]?.text == "done" && document["decision"]?["truth"]?.text == "true")
            #expect(document["signature"]?.text == "valid, app main")
            // every fact names the request at Meta that it came from, and that request is in Meta's log
            let traces = Set(house.emulator.log().filter { $0.op == "insights" }.map(\.trace))
            let facts = document["facts"]?.items ?? []
            #expect(!facts.isEmpty && facts.allSatisfy { traces.contains($0["request_id"]?.text ?? "") })
            #expect(facts.contains { $0["spend_minor"]?.integer == 7_813 })
            let delivery = try #require(document["delivery"]?.integer)
            #expect(try await house.store.read { try $0.delivery(delivery)?.request?.body } == Array(GatewayHouse.lead("1").utf8))
        }
    }

    @Test("with other secrets than those it was signed with, why says that the signature is not valid")
    func whyWithOtherSecrets() async throws {
        try await GatewayHouse.with(rules: GatewayHouse.pausing) { house in
            try await house.deliver(GatewayHouse.lead("1"))
            try await eventually("paused") { try await house.actions().first?.state == .done }
            let id = try await house.actions()[0].id
            let other = [AppSecrets(app: "main", secrets: ["another-secret"], allowSHA1: false)]
            let why = try #require(try await house.store.read { try Explanation(of: id, in: $0, apps: other) })
            #expect(why.signature.hasPrefix("NOT valid"))
            #expect(why.document["signature"]?.text?.hasPrefix("NOT valid") == true)
            #expect(try await house.store.read { try Explanation(of: id + 1, in: $0, apps: other) == nil })
        }
    }

    @Test("a notice carries a Standard Webhooks signature that its receiver can check, and Slack gets its one line")
    func notices() async throws {
        let rules = """
            rules:
              - name: tell
                workspace: belmonte
                scope: {level: campaign}
                when: {metric: roas, window: last_7d, is: "> 3"}
                then: [{notify: team}, {notify: chat}]
                mode: active
            """
        try await GatewayHouse.with(
            rules: rules,
            destinations: [
                #"name: team, url: "RECEIVER/hook", secret: "${HOOK}""#, #"name: chat, url: "RECEIVER/chat", as: slack"#,
            ]
        ) { house in
            try await house.deliver(GatewayHouse.touch(n: 1))
            try await eventually("both are told") { house.receiver.requests.count == 2 }
            try await eventually("both are done") { try await house.actions().allSatisfy { $0.state == .done } }
            let hook = try #require(house.receiver.requests.first { $0.target == "/hook" })
            let id = try #require(hook.values(of: "webhook-id").first),
                time = try #require(hook.values(of: "webhook-timestamp").first)
            let digest = HMACSHA256.hex(key: Array(GatewayHouse.hookSecret.utf8), Array("\(id).\(time).".utf8) + hook.body)
            let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(digest.dropFirst($0).prefix(2), radix: 16) }
            #expect(hook.values(of: "webhook-signature") == ["v1," + Data(bytes).base64EncodedString()])
            #expect(abs((Int64(time) ?? 0) * 1_000 - house.clock.nowMs()) < 60_000)
            let document = try JSON.parse(hook.body)
            #expect(
                document["type"]?.text == "rule.matched" && document["rule"]?.text == "tell"
                    && document["entity_id"]?.text == "11")
            #expect(document["entity_name"]?.text == "Summer A")
            let chat = try JSON.parse(try #require(house.receiver.requests.first { $0.target == "/chat" }).body)
            #expect(chat.members.map(\.key) == ["text"] && chat["text"]?.text?.contains("Summer A") == true)
            #expect(house.posts.isEmpty)
        }
    }

    @Test("a delivery is forwarded as received, once, and its receiver verifies Meta's signature over the same bytes")
    func forwarded() async throws {
        try await GatewayHouse.with(
            routes:
                "- {name: pass, match: {object: \"*\"}, chain: [{forward: old-app}]}, - {name: t, match: {object: page}, chain: [touch]}",
            destinations: [#"name: old-app, url: "RECEIVER/webhook", as: received, per_second: 1000"#]
        ) { house in
            let bodies = [
                // three changes of one delivery, with bytes that no encoder would write
                #"{ "object":"page" , "entry":[{"id":"7243","time":1795175990,"changes":[{"field":"leadgen","value":{"leadgen_id":"1","ad_id":"1111"}},{"field":"leadgen","value":{"leadgen_id":"2","ad_id":"1111"}},{"field":"x\u002f\/","value":"\ud83d\ude00 ü"}]}]}"#
                    + "\r\n\t ",
                GatewayHouse.lead("1"),  // known already, but another delivery
                "not JSON at all \u{1}",
            ]
            for body in bodies { #expect(try await house.deliver(body) == 200) }
            try await eventually("decoded") { try await house.count("SELECT COUNT(*) FROM deliveries WHERE decoded = 0") == 0 }
            try await house.allDone()
            let requests = house.receiver.requests
            #expect(requests.filter { $0.text == bodies[0] }.count == 1)
            #expect(requests.filter { $0.text == bodies[2] }.count == 1)
            for request in requests {
                #expect(request.method == "POST" && request.target == "/webhook")
                let signature = "sha256=" + HMACSHA256.hex(key: Array(GatewayHouse.appSecret.utf8), request.body)
                #expect(request.values(of: "x-hub-signature-256") == [signature])
                #expect(request.values(of: "content-type") == ["application/json"])
                #expect(request.values(of: "webhook-signature").isEmpty)
            }
        }
    }
}
