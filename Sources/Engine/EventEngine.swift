import Core
package import Logging
import Outbound
package import Storage

/// Everything that runs at its own pace behind the table: decoder, jobs, refresh and rules, outbox, gates.
package struct EventEngine: Sendable {
    package let writeGate: WriteGate
    private let store: Store
    private let clock: any WallClock
    private let logger: Logger
    private let graph: GraphGateway
    private let outbound: OutboundClient
    private let decoder: Decoder
    private let jobs: JobWorker
    private let refresher: Refresher
    private let rules: RuleRunner
    private let dispatcher: OutboxDispatcher
    private let prober: GateProber
    private let conversions: ConversionSender
    private let janitor: Janitor
    private let workspaces: [String]
    private let holdTurns = Turns()

    /// Reads the holds of the store, so that a restart keeps them, and fills the call budget from what was called before.
    package init(settings: EngineSettings, store: Store, clock: any WallClock, logger: Logger) async throws {
        let workspaces = WorkspaceIndex(settings.workspaces)
        let router = Router(settings.routes)
        let nowMs = clock.nowMs()
        let holds = try await store.read { try $0.holds(nowMs: nowMs).map(\.scope) }
        let graph = GraphGateway(settings: settings, clock: clock)
        for (account, atMs) in try await store.read({ try $0.readTimes(sinceMs: nowMs - 3_600_000) }) {
            graph.budget.note(account: account, atMs: atMs)
        }
        let writeGate = WriteGate(shut: holds)
        let rules = RuleRunner(rules: settings.rules, writes: settings.writes)
        let outbound = OutboundClient()
        self.store = store
        self.clock = clock
        self.logger = logger
        self.graph = graph
        self.outbound = outbound
        self.writeGate = writeGate
        self.rules = rules
        let pages = PageDesk(workspaces: workspaces, graph: graph)
        let deliveries = DeliveryDesk(store: store)
        let reach = Reach(
            store: store, graph: graph, pages: pages,
            stories: StoryIndex(
                store: store, graph: graph, rules: rules, pollsPerHour: settings.pollsPerHour, clock: clock, logger: logger),
            deliveries: deliveries, clock: clock,
            forms: Dictionary(settings.forms.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
            moderation: Dictionary(settings.moderation.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
            testLeadDestinations: settings.testLeadDestinations)
        let destinations = Dictionary(settings.destinations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let conversions = ConversionSender(
            store: store, workspaces: workspaces, graph: graph, gate: writeGate, clock: clock, logger: logger)
        self.conversions = conversions
        self.workspaces = settings.workspaces.map(\.name)
        janitor = Janitor(store: store, policy: settings.retention, clock: clock, logger: logger)
        decoder = Decoder(
            store: store, router: router, workspaces: workspaces, sources: settings.sources, clock: clock, logger: logger)
        jobs = JobWorker(
            store: store, router: router, workspaces: workspaces, refresh: settings.refresh, reach: reach, rules: rules,
            clock: clock, logger: logger)
        refresher = Refresher(
            store: store, workspaces: workspaces, graph: graph, rules: rules, policy: settings.refresh,
            pollsPerHour: settings.pollsPerHour,
            clock: clock, logger: logger)
        dispatcher = OutboxDispatcher(
            store: store,
            writer: GraphWriter(
                store: store, workspaces: workspaces, graph: graph, gate: writeGate, writes: settings.writes, clock: clock),
            notices: NoticeSender(
                store: store, client: outbound, destinations: destinations, clock: clock),
            leads: LeadSender(store: store, client: outbound, destinations: destinations, clock: clock),
            comments: CommentWriter(
                store: store, workspaces: workspaces, graph: graph, pages: pages, gate: writeGate, writes: settings.writes,
                moderation: reach.moderation, clock: clock),
            conversions: conversions, clock: clock, logger: logger)
        prober = GateProber(
            store: store, workspaces: workspaces, graph: graph, pages: pages, writeGate: writeGate, clock: clock, logger: logger)
    }

    /// Runs until the task is cancelled. Every loop goes on after an error.
    package func run() async throws {
        let nowMs = clock.nowMs()
        try await store.write { [rules, workspaces] transaction in
            try rules.remember(in: transaction, nowMs: nowMs)
            try transaction.rememberWorkspaces(workspaces, nowMs: nowMs)
        }
        await withTaskGroup { group in
            group.addTask { await decode() }
            group.addTask { await jobPool.run(bell: store.notifier.rings(.jobs)) }
            group.addTask { await refreshPool.run(bell: store.notifier.rings(.touched)) }
            group.addTask { await outboxPool.run(bell: store.notifier.rings(.outbox)) }
            group.addTask { await conversionPool.run(bell: store.notifier.rings(.outbox)) }
            group.addTask { await every(ms: 60_000) { await janitor.sweep() } }
            group.addTask { await ApiLogWriter(store: store, calls: graph.calls, logger: logger).run() }
            group.addTask { await sweep() }
            await group.waitForAll()
        }
        await graph.shutdown()
        await outbound.shutdown()
    }

    /// Stops the writes of a workspace, or of all with `*`. When it returns, none is under way and none will start.
    package func hold(_ scope: String, untilMs: Int64?, by name: String) async throws {
        let nowMs = clock.nowMs()
        try await holdTurns.take {
            try await store.write { try $0.setHold(scope, untilMs: untilMs, by: name, nowMs: nowMs) }
            writeGate.close(scope)
        }
        await writeGate.drain(scope)
    }

    /// Lets writes go on; the number of messages that had waited.
    package func release(_ scope: String) async throws -> Int {
        try await holdTurns.take { try await letGo(scope) }
    }

    /// Table and gate change together, in the turn of the caller: a hold that is set meanwhile comes wholly before or wholly after.
    private func letGo(_ scope: String) async throws -> Int {
        let nowMs = clock.nowMs()
        let released = try await store.write { transaction in
            _ = try transaction.clearHold(scope)
            return try transaction.release(.operatorHold(scope: scope), nowMs: nowMs)
        }
        writeGate.open(scope)
        store.notifier.ring(.outbox)
        return released
    }

    private var jobPool: WorkerPool<[ClaimedJob]> {
        WorkerPool(
            capacity: 8, claim: { _ in try await claimJobs() }, handle: { await jobs.handle($0) },
            failed: { stumbled("jobs", $0) })
    }

    private var refreshPool: WorkerPool<AccountKey> {
        WorkerPool(
            capacity: Limits.accountsAtOnceMax, claim: { try await refresher.claimAccounts($0) },
            handle: { await refresher.handle($0) },
            failed: { stumbled("refresher", $0) })
    }

    private var outboxPool: WorkerPool<ClaimedMessage> {
        WorkerPool(
            capacity: Limits.sendsAtOnceMax, claim: { try await dispatcher.claim($0) }, handle: { await dispatcher.handle($0) },
            failed: { stumbled("outbox", $0) })
    }

    /// A batch is one call to one dataset.
    private var conversionPool: WorkerPool<[ClaimedMessage]> {
        WorkerPool(
            capacity: Limits.datasetsAtOnceMax, claim: { _ in try await conversions.claim() },
            handle: { await conversions.handle($0) }, failed: { stumbled("conversions", $0) })
    }

    private func claimJobs() async throws -> [[ClaimedJob]] {
        let nowMs = clock.nowMs()
        let bootID = store.bootID
        let isDue = try await store.read { try $0.nextDue(.jobs).map { $0 <= nowMs } ?? false }
        guard isDue else { return [] }
        let claimed = try await store.write { try $0.claimJobs(nowMs: nowMs, leaseMs: Limits.leaseMs, limit: 64, owner: bootID) }
        return claimed.isEmpty ? [] : [claimed]
    }

    private func decode() async {
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in store.notifier.rings(.deliveries) { look.yield() } }
            group.addTask {
                await every(ms: 500) { _ = look.yield() }
                look.finish()
            }
            look.yield()
            for await _ in looks {
                do {
                    while try await decoder.decodeNext() > 0 {}
                } catch {
                    if !Task.isCancelled { stumbled("decoder", error) }
                }
                if Task.isCancelled { break }
            }
            group.cancelAll()
        }
    }

    /// Gates, expired holds.
    private func sweep() async {
        await every(ms: 1_000) { await sweepOnce() }
    }

    private func sweepOnce() async {
        do {
            try await endExpiredHolds()
            try await prober.probeDue()
        } catch {
            if !Task.isCancelled { stumbled("gates", error) }
        }
    }

    /// Releases what is held longer than it was to be, also what ended while nobody was running.
    package func endExpiredHolds() async throws {
        let nowMs = clock.nowMs()
        try await holdTurns.take {
            let (all, standing) = try await store.read {
                (try $0.holds(nowMs: .min).map(\.scope), try $0.holds(nowMs: nowMs).map(\.scope))
            }
            for scope in Set(all).union(writeGate.scopes).subtracting(standing).sorted() { _ = try await letGo(scope) }
        }
    }

    private func every(ms: Int64, _ work: () async -> Void) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(ms)) } catch { return }
            await work()
        }
    }

    private func stumbled(_ worker: String, _ error: any Error) {
        WorkerStumbled(worker: worker, error: "\(error)").emit(to: logger)
    }
}
