import Core
import Storage
import TestSupport
import Testing

@Suite("Ads behind posts")
struct StoryTests {
    @Test("an ad is found by its post, its media and the media that it was made from; several ads by one post")
    func backing() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try transaction.storeAdStories(
                [story("13", story: "p_1"), story("12", story: "p_1", media: "m1"), story("11", source: "m2"), story("14")],
                workspace: "w", accountID: "1", readAtMs: now)
            try transaction.storeAdStories([story("99", story: "p_1")], workspace: "v", accountID: "2", readAtMs: now)
        }
        func ads(_ ids: [String]) async throws -> [String] {
            try await store.read { try $0.ads(backing: ids, workspace: "w").map(\.adID) }
        }
        #expect(try await ads(["p_1"]) == ["12", "13"])
        #expect(try await ads(["m1"]) == ["12"])
        #expect(try await ads(["m2"]) == ["11"])
        #expect(try await ads(["p_1", "m1", "m2", "x"]) == ["11", "12", "13"])
        #expect(try await ads([]) == [])
        #expect(try await ads(["x"]) == [])
        let known = ResolvedAd(adID: "12", adsetID: "21", campaignID: "31", accountID: "1")
        #expect(try await store.read { try $0.ads(backing: ["m1"], workspace: "w") } == [known])
        #expect(try await store.read { try $0.resolvedAd("12", workspace: "w") } == known)
        #expect(try await store.read { try $0.resolvedAd("99", workspace: "w") } == nil)
        await store.close()
    }

    @Test("reading an ad's state leaves its post alone, and reading its post leaves its state alone")
    func side() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let read = EntityState(
            ref: EntityRef(.ad, "11"), accountID: "1", campaignID: "31", adsetID: "21", name: "read", status: "PAUSED",
            effectiveStatus: "PAUSED")
        try await store.write { transaction throws in
            try transaction.storeAdStories(
                [story("11", story: "p_1", name: "first")], workspace: "w", accountID: "1", readAtMs: now)
            #expect(try transaction.entity(EntityRef(.ad, "11"), workspace: "w")?.name == "first")
            try transaction.storeEntity(read, workspace: "w", fetchedAtMs: now + 1)
            #expect(try transaction.ads(backing: ["p_1"], workspace: "w").count == 1)
            // The creative was exchanged: the old post is no longer the ad's.
            try transaction.storeAdStories(
                [story("11", media: "m1", name: "late")], workspace: "w", accountID: "1", readAtMs: now + 2)
            #expect(try transaction.ads(backing: ["p_1"], workspace: "w").isEmpty)
            #expect(try transaction.ads(backing: ["m1"], workspace: "w").count == 1)
            #expect(try transaction.entity(EntityRef(.ad, "11"), workspace: "w") == read)
        }
        await store.close()
    }

    @Test("a read in parts counts when its last part is there")
    func parts() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try transaction.storeAdStories([story("11")], workspace: "w", accountID: "1", readAtMs: now, isComplete: false)
            #expect(try transaction.storyReadAt(workspace: "w") == [:])
            try transaction.storeAdStories([story("12")], workspace: "w", accountID: "1", readAtMs: now + 1)
            try transaction.storeAdStories([], workspace: "w", accountID: "2", readAtMs: now + 2)
            #expect(try transaction.storyReadAt(workspace: "w") == ["1": now + 1, "2": now + 2])
            let ads = try transaction.run("SELECT ads FROM story_reads ORDER BY account_id").map { try $0.int64("ads") }
            #expect(ads == [2, 0])
        }
        await store.close()
    }

    @Test("looking up a post uses the indexes", .enabled(if: TemporaryStore.engine == .sqlite))
    func plan() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let backing = Transaction.backing(["a", "b"], workspace: "w")
        let plan = try await store.read { try $0.run("EXPLAIN QUERY PLAN " + backing).map { try $0.text("detail") } }
        for column in ["story", "media", "source_media"] {
            #expect(plan.contains { $0.contains("INDEX entities_\(column) (workspace_id=? AND \(column)_id=?)") })
        }
        #expect(!plan.contains { $0.hasPrefix("SCAN entities") })
        await store.close()
    }
}
