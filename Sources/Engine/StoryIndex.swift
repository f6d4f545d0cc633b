import Core
import GraphAPI
package import Logging
package import Storage
import Synchronization

/// From posts and media to the ads that show them.
///
/// `entities` is the index. What it does not know is looked for by paging the accounts' ads, once for all who wait and no
/// sooner than
/// `Limits.storyIndexFreshMs` after the last time: a poller would page as often. Until then an unknown post is organic.
package final class StoryIndex: Sendable {
    private let store: Store
    private let graph: GraphGateway
    private let rules: RuleRunner
    private let pollsPerHour: Int
    private let clock: any WallClock
    private let logger: Logger
    private let desks = Mutex<[AccountKey: StoryDesk]>([:])

    package init(
        store: Store, graph: GraphGateway, rules: RuleRunner, pollsPerHour: Int, clock: any WallClock, logger: Logger
    ) {
        self.store = store
        self.graph = graph
        self.rules = rules
        self.pollsPerHour = pollsPerHour
        self.clock = clock
        self.logger = logger
    }

    /// The ads whose creative shows one of the posts or media; a story may back many. Empty: none does.
    ///
    /// Ads that are found count, whatever other accounts came to; only when there are none, an account that could not be read has
    /// its say, so that an ad's comment is not taken for an organic one.
    func ads(behind ids: [String], of workspace: Workspace) async throws(HandlerError) -> [ResolvedAd] {
        if let known = try await known(ids, workspace), !known.isEmpty { return known }
        guard let client = graph[workspace.name] else { return [] }
        var obstacle: Disposition?
        for account in workspace.accounts {
            if let met = await fill(account, workspace, client) { obstacle = obstacle ?? met }
        }
        if let known = try await known(ids, workspace), !known.isEmpty { return known }
        if let obstacle { throw .failed(obstacle) }
        return []
    }

    /// What the index knows of one ad.
    func ad(_ id: String, of workspace: Workspace) async throws(HandlerError) -> ResolvedAd {
        do {
            return try await store.read { try $0.resolvedAd(id, workspace: workspace.name) } ?? ResolvedAd(adID: id)
        } catch {
            throw .unread
        }
    }

    private func known(_ ids: [String], _ workspace: Workspace) async throws(HandlerError) -> [ResolvedAd]? {
        do {
            return try await store.read { try $0.ads(backing: ids, workspace: workspace.name) }
        } catch {
            throw .unread
        }
    }

    /// Nil when the account's ads are in the index, as they were a moment ago; else what stands in the way.
    private func fill(_ account: String, _ workspace: Workspace, _ client: GraphClient) async -> Disposition? {
        let key = AccountKey(workspace: workspace.name, accountID: account)
        let desk = desks.withLock { desks in
            let desk = desks[key] ?? StoryDesk()
            desks[key] = desk
            return desk
        }
        let ticket = desk.ticket()
        return await desk.turns.take {
            if let result = desk.result(after: ticket) { return result.obstacle }  // somebody read while we waited
            let obstacle = await read(key, workspace, client, desk)
            desk.note(obstacle)
            return obstacle
        }
    }

    private func read(
        _ key: AccountKey, _ workspace: Workspace, _ client: GraphClient, _ desk: StoryDesk
    ) async -> Disposition? {
        let nowMs = clock.nowMs()
        do {
            let lastMs = try await store.read { try $0.storyReadAt(workspace: key.workspace)[key.accountID] }
            if let lastMs, nowMs - lastMs < Limits.storyIndexFreshMs { return nil }
            if let wait = mustWait(key, workspace, nowMs: nowMs) { return wait }
            return try await page(key, client, desk, nowMs: nowMs)
        } catch let error as GraphError {
            desk.forgetPlace()
            let nowMs = clock.nowMs()
            graph.note(error, app: workspace.app, account: key.accountID, kind: .read, nowMs: nowMs)
            StoriesUnread(workspace: key.workspace, accountID: key.accountID, reason: error.code).emit(to: logger)
            return error.disposition(nowMs: nowMs, workspace: key.workspace, account: key.accountID)
        } catch {
            return HandlerError.unread.disposition
        }
    }

    /// Page by page into the store. What takes longer than `Self.patienceMs` goes on from there with the next who asks:
    /// nobody's lease
    /// is as long as the largest account.
    private func page(
        _ key: AccountKey, _ client: GraphClient, _ desk: StoryDesk, nowMs: Int64
    ) async throws -> Disposition? {
        if desk.place == nil { graph.budget.note(account: key.accountID, atMs: nowMs) }  // a poll pages too, and counts as one
        var place = desk.place ?? StoryPlace(startedAtMs: nowMs)
        repeat {
            let page = try await fetch(key, client, &place)
            let startedAtMs = place.startedAtMs
            try await store.write { transaction in
                try transaction.storeAdStories(
                    page.stories, workspace: key.workspace, accountID: key.accountID, readAtMs: startedAtMs,
                    isComplete: page.next == nil)
            }
            place.turn(to: page.next)
            guard place.pages <= Limits.pagesMax else { throw GraphError.tooManyPages }
            desk.place = page.next == nil ? nil : place
            if page.next != nil, clock.nowMs() - nowMs > Self.patienceMs {
                return .snooze(
                    untilMs: clock.nowMs(), Reason("stories_half_read", "The account has more ads than are read in one go."))
            }
        } while place.after != nil
        return nil
    }

    /// Asks for less where Meta says that it was too much.
    private func fetch(_ key: AccountKey, _ client: GraphClient, _ place: inout StoryPlace) async throws(GraphError)
        -> AdStoryPage
    {
        while true {
            do throws(GraphError) {
                return try await client.adStories(account: key.accountID, after: place.after, limit: place.limit)
            } catch {
                let disposition = error.disposition(nowMs: 0, workspace: key.workspace, account: key.accountID)
                guard case .split = disposition, place.limit > StoryPlace.limitMin else { throw error }
                place.limit /= 2
            }
        }
    }

    /// Meta's quota, then our own budget.
    private func mustWait(_ key: AccountKey, _ workspace: Workspace, nowMs: Int64) -> Disposition? {
        if case .wait(let untilMs, let reason) = graph.verdict(
            .read, app: workspace.app, account: key.accountID, nowMs: nowMs)
        {
            return .snooze(untilMs: untilMs, reason)
        }
        let perPoll = rules.calls(workspace: key.workspace, accountID: key.accountID)
        let untilMs = graph.budget.waitUntil(
            account: key.accountID, wanted: 1, perHour: perPoll * max(1, pollsPerHour), nowMs: nowMs)
        return untilMs.map { .snooze(untilMs: $0, Self.budgetUsed) }
    }

    private static let patienceMs: Int64 = Limits.leaseMs / 2
    private static let budgetUsed = Reason(
        "call_budget", "The account's reads of the last hour have reached what polling it would cost.",
        remedy: "They go on by themselves.")
}

extension HandlerError {
    /// Our own tables could not be read.
    static let unread = HandlerError.failed(.retry(Reason("store", "What is stored could not be read.")))
}
