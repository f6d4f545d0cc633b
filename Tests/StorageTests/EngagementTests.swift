import Core
import Storage
import TestSupport
import Testing

@Suite("Engagement")
struct EngagementTests {
    @Test("the states of a comment are kept in order, each event's once")
    func history() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let states = [("add", "A"), ("edited", "B"), ("edited", "A"), ("hide", nil), ("remove", nil)] as [(String, String?)]
        try await store.write { transaction throws in
            for round in 1...2 {
                for (number, (verb, text)) in states.enumerated() {
                    let isNew = try transaction.storeEngagement(
                        comment(verb: verb, text: text), workspace: "w", eventID: Int64(number), nowMs: now)
                    #expect(isNew == (round == 1))
                }
            }
            _ = try transaction.storeEngagement(comment("post_2"), workspace: "w", eventID: 90, nowMs: now)
            _ = try transaction.storeEngagement(comment(), workspace: "v", eventID: 91, nowMs: now)
        }
        let history = try await store.read { try $0.engagements(of: "post_1", workspace: "w") }
        #expect(history.map(\.engagement.verb) == states.map(\.0))
        #expect(history.map(\.engagement.text) == states.map(\.1))
        #expect(history.map(\.eventID) == [0, 1, 2, 3, 4])
        #expect(Set(history.map(\.authorDigest)).count == 1)
        await store.close()
    }

    @Test("a state comes back whole", arguments: [comment(ads: ["12", "11"]), comment(text: nil, author: nil, ads: [])])
    func whole(engagement: Engagement) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        #expect(try await store.write { try $0.storeEngagement(engagement, workspace: "w", eventID: 5, nowMs: now) })
        #expect(try await store.write { try !$0.storeEngagement(engagement, workspace: "w", eventID: 5, nowMs: now) })
        let stored = try #require(try await store.read { try $0.engagement(eventID: 5, workspace: "w") })
        #expect(stored.engagement.adIDs == engagement.adIDs.sorted())
        #expect(stored.engagement.text == engagement.text)
        #expect(stored.engagement.authorID == engagement.authorID)
        #expect(stored.engagement.authorName == engagement.authorName)
        #expect(stored.engagement.link == engagement.link)
        let digest = try engagement.authorID.map { try store.conceal("user:\($0)") }
        #expect(stored.authorDigest == digest)
        #expect(try await store.read { try $0.engagement(eventID: 5, workspace: "v") } == nil)
        await store.close()
    }

    @Test("filters, newest first")
    func filters() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for number in 1...3 as ClosedRange<Int64> {
                _ = try transaction.storeEngagement(
                    comment("c\(number)", ads: ["1\(number)"]), workspace: number < 3 ? "a" : "b", eventID: number,
                    nowMs: now + number)
            }
        }
        var workspace = EngagementFilter(), ad = EngagementFilter(), kind = EngagementFilter(), since = EngagementFilter()
        workspace.workspace = "a"
        ad.adID = "12"
        kind.kind = .reaction
        since.sinceMs = now + 3
        let filters = [EngagementFilter(), workspace, ad, kind, since]
        let events = try await store.read { transaction throws in
            try filters.map { try transaction.engagements($0, limit: 9).map(\.eventID) }
        }
        #expect(events == [[3, 2, 1], [2, 1], [2], [], [3]])
        await store.close()
    }
}
