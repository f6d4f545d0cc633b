import Core
import Foundation
import GraphEmulator
import Testing

@testable import GraphAPI

@Suite("Leads, comments and conversions against the emulated Graph API")
struct PeopleEmulatedTests {
    private func word(_ error: GraphError?) -> String? {
        error.map { $0.disposition(nowMs: World.nowMs, workspace: "belmonte", account: nil, page: "700").word }
    }

    @Test("a Page's token is given to who may act for it, and to nobody else")
    func page() async throws {
        let meta = try await PageMeta()
        let page = try await meta.client.page("700")
        #expect(page.name == "Shop" && page.credentials.token == PageMeta.pageToken)
        #expect(!"\(page)".contains("canary") && !"\(meta.world.calls)".contains("canary"))
        let again = try await meta.client.page("700", credentials: page.credentials)
        #expect(again.credentials.token == PageMeta.pageToken)
        let other = await failure { () async throws(GraphError) in try await meta.client.page("701") }
        #expect(other != nil && word(other) == "hold page:700")
        await meta.end()
    }

    @Test("a lead with the Page's token: ids, names, answers in order, consents")
    func lead() async throws {
        let meta = try await PageMeta()
        let lead = try await meta.client.lead("444", credentials: meta.page())
        #expect(lead.leadID == "444" && lead.formID == "555" && lead.platform == "fb" && lead.isOrganic == false)
        #expect(lead.createdAtMs == 1_795_175_940_000)  // 2026-11-20T11:59:00Z
        #expect(lead.ad == NamedID("1111", name: "x") && lead.adset == NamedID("111", name: "S"))
        #expect(lead.campaign == NamedID("11", name: "Summer A"))
        #expect(lead.fields.map(\.key) == ["full_name", "email", "colours"])
        #expect(lead.fields.map(\.values) == [["Zoë 李 🌍"], ["zoe@example.com"], ["red", "blue"]])
        #expect(
            lead.consents == [LeadConsent(key: "optional_1", isChecked: true), LeadConsent(key: "optional_2", isChecked: false)])
        #expect(try await meta.client.form("555", credentials: meta.page()) == NamedID("555", name: "Offer"))
        #expect(meta.emulator.log().allSatisfy { $0.auth == "header" && $0.token == "ok" && $0.proof == "ok" })
        await meta.end()
    }

    @Test("a lead that is not there yet is tried again, and read when it is there")
    func readAfterNotify() async throws {
        let meta = try await PageMeta()
        let page = try await meta.page()
        for _ in 0..<2 {
            let error = await failure { () async throws(GraphError) in try await meta.client.lead("445", credentials: page) }
            #expect(error?.isUnseenLead == true && word(error) == "retry" && error?.code == "lead_not_readable")
        }
        let lead = try await meta.client.lead("445", credentials: page)
        #expect(lead.isOrganic == true && lead.ad == nil && lead.campaign == nil && lead.platform == "ig")
        await meta.end()
    }

    @Test("a deleted lead and one that never was look the same", arguments: ["446", "999999999999999"])
    func goneLead(id: String) async throws {
        let meta = try await PageMeta()
        let page = try await meta.page()
        let error = await failure { () async throws(GraphError) in try await meta.client.lead(id, credentials: page) }
        #expect(error?.isUnseenLead == true && word(error) == "retry")
        await meta.end()
    }

    private static let states = ["expired", "revoked", "page_role_lost"]

    @Test("a refused Page token holds the Page's work, and nothing else", arguments: states)
    func refusedPageToken(state: String) async throws {
        let meta = try await PageMeta()
        let page = try await meta.page()
        try meta.emulator.setToken(name: "page 700", state: state)
        let lead = await failure { () async throws(GraphError) in try await meta.client.lead("444", credentials: page) }
        let hide = await failure { () async throws(GraphError) in
            try await meta.client.setHidden("1_9", .facebook, hidden: true, credentials: page)
        }
        #expect(word(lead) == "hold page:700" && word(hide) == "hold page:700" && lead?.isUnseenLead == false)
        try meta.emulator.setToken(name: "page 700", state: "valid")
        #expect(try await meta.client.lead("444", credentials: page).leadID == "444")
        await meta.end()
    }

    private static let faults: [(String, String)] = [
        ("{status: 500, code: 2, message: x}", "retry"), ("{status: 400, code: 80005, message: x}", "snooze 300000"),
        ("{status: 403, code: 4, message: x}", "snooze 300000"), ("{status: 400, code: 32, message: x}", "snooze 300000"),
        ("{html: true}", "retry"), ("{half: cut}", "retry"), ("{lost: true}", "retry"),
        ("{status: 403, code: 200, message: x}", "hold page:700"),
        ("{status: 400, code: 1, message: x, is_transient: true}", "retry"),
    ]

    @Test("each fault of a lead's read has its way on, and the next read goes through", arguments: faults)
    func leadFaults(fault: String, word: String) async throws {
        let meta = try await PageMeta(faults: "{match: {path: /444}, do: \(fault)}")
        let page = try await meta.page()
        let error = await failure { () async throws(GraphError) in try await meta.client.lead("444", credentials: page) }
        #expect(self.word(error) == word && error?.isUnseenLead == false)
        #expect(try await meta.client.lead("444", credentials: page).leadID == "444")
        await meta.end()
    }

    @Test("an account's ads with their posts and media, a page at a time")
    func stories() async throws {
        let meta = try await PageMeta()
        var stories: [AdStory] = []
        var after: String?
        var pages = 0
        repeat {
            let page = try await meta.client.adStories(account: "1", after: after, limit: 2)
            stories += page.stories
            after = page.next
            pages += 1
        } while after != nil && pages < 10
        #expect(pages == 2)
        #expect(
            stories.sorted { $0.adID < $1.adID } == [
                AdStory(
                    adID: "1111", adsetID: "111", campaignID: "11", name: "x", status: "ACTIVE", effectiveStatus: "ACTIVE",
                    creativeID: "9", storyID: "700_1", mediaID: "180", sourceMediaID: "179"),
                AdStory(
                    adID: "1112", adsetID: "111", campaignID: "11", name: "y", status: "PAUSED", effectiveStatus: "PAUSED",
                    creativeID: "8", storyID: "700_2", mediaID: nil, sourceMediaID: nil),
                AdStory(
                    adID: "1113", adsetID: "111", campaignID: "11", name: "z", status: "ACTIVE", effectiveStatus: "ACTIVE",
                    creativeID: stories.first { $0.adID == "1113" }?.creativeID, storyID: nil, mediaID: nil, sourceMediaID: nil),
            ])
        #expect(meta.world.calls.allSatisfy { $0.purpose == .stories && $0.account == "1" })
        await meta.end()
    }

    @Test(
        "a comment is hidden once, shown again and answered, on both platforms",
        arguments: [("1_9", SocialPlatform.facebook), ("1800", .instagram)])
    func moderate(id: String, platform: SocialPlatform) async throws {
        let meta = try await PageMeta()
        let page = try await meta.page()
        #expect(try await meta.client.comment(id, platform, credentials: page).isHidden == false)
        try await meta.client.setHidden(id, platform, hidden: true, credentials: page)
        let hidden = try await meta.client.comment(id, platform, credentials: page)
        #expect(hidden.isHidden && hidden.exists)
        try await meta.client.setHidden(id, platform, hidden: false, credentials: page)
        #expect(try await meta.client.comment(id, platform, credentials: page).isHidden == false)
        #expect(try await meta.client.replies(to: id, platform, credentials: page).isEmpty)
        let reply = try await meta.client.reply(to: id, platform, text: "Thank you — 谢谢", credentials: page)
        let replies = try await meta.client.replies(to: id, platform, credentials: page)
        #expect(replies.map(\.id) == [reply] && replies.map(\.text) == ["Thank you — 谢谢"])
        #expect(replies[0].authorID == (platform == .facebook ? "700" : "17841400"))
        let private1 = try await meta.client.privateReply(page: "700", comment: id, text: "Hello", credentials: page)
        guard case .sent(let message) = private1 else {
            Issue.record("not sent")
            return
        }
        #expect(!message.isEmpty)
        #expect(try await meta.client.privateReply(page: "700", comment: id, text: "Hello", credentials: page) == .alreadyReplied)
        let view = try #require(meta.emulator.comment(id))
        #expect(view.hideCalls == 2 && view.privateReplies.count == 1 && !view.isHidden)
        #expect(!"\(meta.world.calls)".contains("Thank") && !"\(meta.world.calls)".contains("Canary"))
        await meta.end()
    }

    @Test("what can't be done to a comment is refused for good")
    func refusedModeration() async throws {
        let meta = try await PageMeta()
        let page = try await meta.page()
        let own = await failure { () async throws(GraphError) in
            try await meta.client.setHidden("1_7", .facebook, hidden: true, credentials: page)
        }
        let old = await failure { () async throws(GraphError) in
            try await meta.client.privateReply(page: "700", comment: "1_8", text: "x", credentials: page)
        }
        let none = await failure { () async throws(GraphError) in
            try await meta.client.privateReply(page: "700", comment: "1_77", text: "x", credentials: page)
        }
        let gone = await failure { () async throws(GraphError) in
            try await meta.client.setHidden("1_77", .facebook, hidden: true, credentials: page)
        }
        #expect([own, old, none, gone].map(word) == ["cancel", "cancel", "cancel", "cancel"])
        #expect(old?.code == "reply_refused" && none?.code == "comment_gone" && gone?.code == "comment_gone")
        #expect(try await meta.client.comment("1_77", .facebook, credentials: page) == .gone)
        let stranger = GraphCredentials(token: "other-page-token", appSecret: World.secret)
        let foreign = await failure { () async throws(GraphError) in
            try await meta.client.setHidden("1_9", .facebook, hidden: true, credentials: stranger)
        }
        #expect(word(foreign) == "hold page:700")
        await meta.end()
    }

    private static func event(_ more: String = "", time: Int64 = 1_795_175_000, mail: String = String(repeating: "a", count: 64))
        -> String
    {
        #"{"event_name":"Purchase","event_time":\#(time),"action_source":"website","event_source_url":"https://shop.example/","event_id":"o1","user_data":{"em":["\#(mail)"],"client_user_agent":"x"},"custom_data":{"value":78.13,"currency":"EUR"}\#(more)}"#
    }

    private static func body(_ events: String...) -> [UInt8] { Array(#"{"data":[\#(events.joined(separator: ","))]}"#.utf8) }

    @Test("events are taken, and twice the same is one")
    func events() async throws {
        let meta = try await PageMeta()
        for _ in 0..<2 {
            let answer = try await meta.client.sendEvents(dataset: "900", body: Self.body(Self.event()))
            #expect(answer.eventsReceived == 1 && !answer.traceID.isEmpty)
        }
        #expect(meta.emulator.events().map(\.received) == [2] && meta.emulator.events().map(\.accepted) == [1])
        let log = meta.emulator.log()
        #expect(log.allSatisfy { $0.auth == "header" && $0.proof == "ok" && $0.call == "events" && $0.query.isEmpty })
        await meta.end()
    }

    private static let refused: [(String, String, String?)] = [
        (event(time: 1_790_000_000), "event_too_old", nil), (event(time: 1_799_000_000), "event_in_future", nil),
        (event(mail: "zoe@example.com"), "not_hashed", nil),
        (event().replacing(#""value":78.13,"#, with: ""), "purchase_without_value", nil),
        (event().replacing(#","currency":"EUR""#, with: ""), "value_without_currency", nil),
        (event().replacing(#""event_name":"Purchase","#, with: ""), "event_parameter", "$['data'][1]['event_name']"),
        (event(#","surprise":1"#), "invalid_parameter", "$['data'][1]"),
    ]

    @Test("one bad event refuses all; where it stands is read where Meta says so, and none of its values", arguments: refused)
    func refusedEvents(event: String, slug: String, path: String?) async throws {
        let meta = try await PageMeta()
        let error = await failure { () async throws(GraphError) in
            try await meta.client.sendEvents(dataset: "900", body: Self.body(Self.event(), event, Self.event()))
        }
        let refusal = try #require(error?.eventsRefusal)
        #expect(refusal.code == 100 && refusal.reason.code == slug)
        #expect(refusal.path == path && refusal.index == (path == nil ? nil : 1))
        #expect(error?.disposition().word == "cancel" && !"\(String(describing: error)) \(refusal)".contains("zoe"))
        #expect(meta.emulator.events().isEmpty)
        await meta.end()
    }

    @Test("a dataset that is another's, and a token that is refused, hold the dataset")
    func heldDataset() async throws {
        let meta = try await PageMeta()
        func word(_ dataset: String) async -> String? {
            let error = await failure { () async throws(GraphError) in
                try await meta.client.sendEvents(dataset: dataset, body: Self.body(Self.event()))
            }
            return error?.disposition(nowMs: World.nowMs, workspace: "belmonte", account: nil, dataset: dataset).word
        }
        #expect(await word("901") == "hold dataset:901")
        #expect(await word("999") == "hold dataset:999")
        try meta.emulator.setToken(name: "belmonte", state: "revoked")
        #expect(await word("900") == "hold dataset:900")
        try meta.emulator.setToken(name: "belmonte", state: "valid")
        #expect(await word("900") == nil)
        await meta.end()
    }

    @Test(
        "faults on events are waited out, and the same events then go through once",
        arguments: [
            ("{status: 503, code: 2, message: x}", "retry"), ("{lost: true}", "retry"), ("{half: cut}", "retry"),
            ("{html: true}", "retry"),
            ("{status: 400, code: 80004, message: x}", "snooze 300000"), ("{status: 400, code: 5000, message: x}", "retry"),
            ("{status: 400, code: 368, message: x}", "snooze 3600000"),
        ])
    func eventFaults(fault: String, word: String) async throws {
        let meta = try await PageMeta(faults: "{match: {suffix: /events}, do: \(fault)}")
        let error = await failure { () async throws(GraphError) in
            try await meta.client.sendEvents(dataset: "900", body: Self.body(Self.event()))
        }
        #expect(error?.eventsRefusal == nil)
        #expect(error?.disposition(nowMs: World.nowMs, workspace: "w", account: nil, dataset: "900").word == word)
        _ = try await meta.client.sendEvents(dataset: "900", body: Self.body(Self.event()))
        #expect(meta.emulator.events().map(\.accepted) == [1])
        await meta.end()
    }
}
