import Core
import Storage
import TestSupport
import Testing

@Suite("Leads")
struct LeadTests {
    @Test("a lead comes back whole, under its id and under its event")
    func whole() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let lead = lead()
        let id = try await store.write { transaction throws in
            try transaction.storeEntity(entity(.ad, "11", campaign: "31", adset: "21"), workspace: "w", fetchedAtMs: now)
            return try transaction.storeLead(lead, workspace: "w", eventID: 4096, nowMs: now)
        }
        #expect(id == 4096)
        let stored = try #require(try await store.read { try $0.lead(workspace: "w", leadID: lead.leadID) })
        #expect(stored.lead == lead)
        #expect(stored.accountID == "1")
        #expect(stored.state == .stored)
        #expect(try await store.read { try $0.lead(id) } == stored)
        #expect(try await store.read { try $0.lead(workspace: "other", leadID: lead.leadID) } == nil)
        await store.close()
    }

    @Test("an organic lead without anything but an id is a lead")
    func bare() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let lead = Lead(
            leadID: "1", createdAtMs: 0, form: nil, page: nil, ad: nil, adset: nil, campaign: nil, platform: nil, isOrganic: nil,
            isTest: true,
            fields: [], consents: [])
        try await store.write { _ = try $0.storeLead(lead, workspace: "w", eventID: 1, nowMs: now) }
        #expect(try await store.read { try $0.lead(1)?.lead } == lead)
        await store.close()
    }

    @Test("a lead that is read twice is one row, and the newest reading wins")
    func twice() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        for (event, answer) in [(10, "first"), (20, "second")] as [(Int64, String)] {
            let id = try await store.write {
                try $0.storeLead(lead(answer: answer), workspace: "w", eventID: event, nowMs: now + event)
            }
            #expect(id == 10)
        }
        let all = try await store.read { try $0.leads(LeadFilter(), limit: 9) }
        #expect(all.map(\.lead?.fields.first?.values.first) == ["second"])
        #expect(all.map(\.fetchedAtMs) == [now + 20])
        // In another workspace it is another lead.
        try await store.write { _ = try $0.storeLead(lead(), workspace: "v", eventID: 30, nowMs: now) }
        #expect(try await store.count("SELECT COUNT(*) AS count FROM leads") == 2)
        await store.close()
    }

    @Test(
        "the state of a lead is that of the message that most needs a person",
        arguments: [
            ([], .stored), ([.done], .forwarded), ([.done, .open], .open), ([.open, .held], .held),
            ([.held, .dead, .done], .dead),
        ] as [([QueueState], LeadState)])
    func state(messages: [QueueState], expected: LeadState) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let listed = try await store.write { transaction throws in
            try transaction.storeLead(lead(), workspace: "w", eventID: 10, nowMs: now)
            try transaction.storeLead(lead("2"), workspace: "w", eventID: 11, nowMs: now)
            _ = try transaction.enqueue(outboxMessage("other", .notify, event: 10), nowMs: now)
            for (number, state) in messages.enumerated() {
                _ = try transaction.enqueue(outboxMessage("m\(number)", .lead, event: 10), nowMs: now)
                try transaction.run(
                    "UPDATE outbox SET state = \(state.rawValue), reason = \("is \(state.rawValue)") WHERE unique_key = \("m\(number)")"
                )
            }
            var filter = LeadFilter()
            filter.state = expected
            return try transaction.leads(filter, limit: 9)
        }
        #expect(listed.first { $0.id == 10 }?.state == expected)
        #expect(listed.count == (expected == .stored ? 2 : 1))
        if expected != .stored {
            let word = expected == .forwarded ? "done" : expected.rawValue
            #expect(listed.first?.reason == "is \(word)")
        }
        await store.close()
    }

    @Test("filters and paging, newest first")
    func filters() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for number in 1...4 as ClosedRange<Int64> {
                try transaction.storeLead(
                    lead("\(number)", ad: number % 2 == 0 ? "11" : nil), workspace: number < 3 ? "a" : "b", eventID: number,
                    nowMs: now + number)
            }
        }
        var workspace = LeadFilter(), ad = LeadFilter(), form = LeadFilter(), since = LeadFilter()
        workspace.workspace = "a"
        ad.adID = "11"
        form.formID = "none"
        since.sinceMs = now + 4
        let filters = [LeadFilter(), workspace, ad, form, since]
        let ids = try await store.read { transaction throws in try filters.map { try transaction.leads($0, limit: 9).map(\.id) } }
        #expect(ids == [[4, 3, 2, 1], [2, 1], [4, 2], [], [4]])
        #expect(try await store.read { try $0.leads(LeadFilter(), limit: 2, before: 4).map(\.id) } == [3, 2])
        await store.close()
    }
}
