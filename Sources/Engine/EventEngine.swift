package import Core
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
    private let apiLogs: ApiLogWriter
    private let workspaces: [String]
    private let loopTurns: Loops
    private let jobDesk: JobDesk
    private let sendDesk: SendDesk
    private let duties: DutyKeeper
    private let holds: HoldDesk
    private let sources: SourceBook
    private let pages: PageDesk

    /// Milliseconds since each loop last turned; one that is silent for longer than `Limits.loopSilentMs` is dead or hangs.
    package var loops: [String: Int64] { loopTurns.ages }

    /// The breaker of every destination and dataset that has been sent to, per workspace.
    package var breakers: [BreakerStanding] { sendDesk.breakers + conversions.desk.breakers }

    /// Reads the holds of the store, so that a restart keeps them, and fills the call budget from what was called before.
    ///
    /// `slots`: room for jobs that run side by side.
    package init(
        settings: EngineSettings, store: Store, clock: any WallClock, logger: Logger, slots: JobSlots = JobSlots()
    ) async throws {
        let workspaces = WorkspaceIndex(settings.workspaces)
        let router = Router(settings.routes)
        let nowMs = clock.nowMs()
        let holds = try await store.read { try $0.holds(nowMs: nowMs).map(\.scope) }
        let graph = GraphGateway(settings: settings, clock: clock)
        for (account, atMs) in try await store.read({ try $0.readTimes(sinceMs: nowMs - 3_600_000) }) {
            graph.budget.note(account: account, atMs: atMs)
        }
        // of several gateways each reads the holds before its first write
        let writeGate = WriteGate(
            shut: holds, knownAtMs: 0, freshMs: store.isShared ? HoldDesk.freshMs : nil, nowMs: { clock.nowMs() })
        let rules = RuleRunner(rules: settings.rules, writes: settings.writes)
        let outbound = OutboundClient()
        self.store = store
        self.clock = clock
        self.logger = logger
        self.graph = graph
        self.outbound = outbound
        self.writeGate = writeGate
        self.rules = rules
        loopTurns = Loops(logger: logger)
        jobDesk = JobDesk(slots: slots, calm: store.isShared ? Limits.jobsClaimMax : Limits.jobsClaimCalmMax)
        duties = DutyKeeper(store: store, clock: clock, logger: logger)
        self.holds = HoldDesk(gate: writeGate, store: store, clock: clock)
        let pages = PageDesk(workspaces: workspaces, graph: graph)
        let sources = SourceBook(
            workspaces: settings.sources, forwarding: settings.forwarding, leadReports: settings.leadReports)
        self.pages = pages
        self.sources = sources
        let deliveries = DeliveryDesk(store: store)
        let reach = Reach(
            store: store, graph: graph, pages: pages,
            stories: StoryIndex(
                store: store, graph: graph, rules: rules, pollsPerHour: settings.pollsPerHour, clock: clock, logger: logger),
            deliveries: deliveries, clock: clock,
            forms: Dictionary(settings.forms.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
            moderation: Dictionary(settings.moderation.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }),
            testLeadDestinations: settings.testLeadDestinations, sources: sources)
        let destinations = Dictionary(settings.destinations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let sendDesk = SendDesk(policies: destinations.mapValues(\.breaker), clock: clock, logger: logger)
        self.sendDesk = sendDesk
        let conversions = ConversionSender(
            store: store, workspaces: workspaces, graph: graph, gate: writeGate,
            desk: ConversionDesk(clock: clock, logger: logger), sources: sources, clock: clock, logger: logger)
        self.conversions = conversions
        self.workspaces = settings.workspaces.map(\.name)
        apiLogs = ApiLogWriter(
            store: store, calls: graph.calls, logger: logger, turned: { [loopTurns] in loopTurns.turned("api_logs") })
        janitor = Janitor(store: store, policy: settings.retention, clock: clock, logger: logger)
        decoder = Decoder(
            store: store, router: router, workspaces: workspaces, sources: sources, deliveries: deliveries, clock: clock,
            logger: logger)
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
            conversions: conversions, desk: sendDesk, clock: clock, logger: logger)
        prober = GateProber(
            store: store, workspaces: workspaces, graph: graph, pages: pages, clock: clock, logger: logger)
    }

    /// Takes over what may change while it runs: the sources, and the tokens of the workspaces and Pages with the secrets that prove them.
    ///
    /// A workspace that is not there yet is left out; nothing else of `settings` is looked at.
    package func adopt(_ settings: EngineSettings) {
        sources.replace(
            workspaces: settings.sources, forwarding: settings.forwarding, leadReports: settings.leadReports)
        graph.adopt(settings.workspaces)
        pages.forgetAll()
    }

    /// Runs until the task is cancelled. Every loop goes on after an error, and is started again should it end.
    package func run() async throws {
        try await rememberConfiguration()
        await withTaskGroup { group in
            group.addTask { await loopTurns.keep("duties") { try await keepDuties() } }
            group.addTask { await loopTurns.keep("decoder") { await decode() } }
            group.addTask { await loopTurns.keep("jobs") { await jobPool.run(bell: store.notifier.rings(.jobs)) } }
            group.addTask { await loopTurns.keep("refresher") { await refreshPool.run(bell: store.notifier.rings(.touched)) } }
            group.addTask { await loopTurns.keep("outbox") { await outboxPool.run(bell: store.notifier.rings(.outbox)) } }
            group.addTask {
                await loopTurns.keep("conversions") { await conversionPool.run(bell: store.notifier.rings(.outbox)) }
            }
            group.addTask { await loopTurns.keep("janitor") { await clean() } }
            group.addTask { await loopTurns.keep("api_logs") { await apiLogs.run() } }
            group.addTask { await loopTurns.keep("gates") { await sweep() } }
            if store.isShared {
                group.addTask { await loopTurns.keep("presence") { try await bePresent() } }
                group.addTask { await loopTurns.keep("holds", isTurning: false) { try await holds.acknowledge() } }
            }
            await group.waitForAll()
        }
        do { try await duties.giveUp() } catch { stumbled("duties", error) }
        await graph.shutdown()
        await outbound.shutdown()
    }

    /// Until it is stored: a database server that goes right after our start comes back.
    private func rememberConfiguration() async throws {
        while true {
            let nowMs = clock.nowMs()
            do {
                return try await store.write { [rules, workspaces] transaction in
                    try rules.remember(in: transaction, nowMs: nowMs)
                    try transaction.rememberWorkspaces(workspaces, nowMs: nowMs)
                }
            } catch {
                guard !Task.isCancelled else { throw error }
                stumbled("configuration", error)
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// Stops the writes of a workspace, or of all with `*`. When it returns, none is under way at any gateway and none will start.
    package func hold(_ scope: String, untilMs: Int64?, by name: String) async throws {
        try await holds.hold(scope, untilMs: untilMs, by: name)
    }

    /// Lets writes go on; the number of messages that had waited.
    package func release(_ scope: String) async throws -> Int { try await holds.release(scope) }

    /// Releases what is held longer than it was to be, also what ended while nobody was running.
    package func endExpiredHolds() async throws {
        guard let term = duties.term(.schedules) else { return }
        try await holds.endExpired(term)
    }

    private var jobPool: JobPool {
        JobPool(
            worker: jobs, desk: jobDesk, claim: { try await claimJobs($0) }, turned: { [loopTurns] in loopTurns.turned("jobs") },
            failed: { stumbled("jobs", $0) })
    }

    private var refreshPool: WorkerPool<AccountKey> {
        WorkerPool(
            capacity: Limits.accountsAtOnceMax, claim: { try await refresher.claimAccounts($0) },
            handle: { await refresher.handle($0) },
            turned: { [loopTurns] in loopTurns.turned("refresher") }, failed: { stumbled("refresher", $0) })
    }

    private var outboxPool: WorkerPool<ClaimedMessage> {
        WorkerPool(
            capacity: Limits.sendsAtOnceMax, claim: { try await dispatcher.claim($0) }, handle: { await dispatcher.handle($0) },
            turned: { [loopTurns] in loopTurns.turned("outbox") }, failed: { stumbled("outbox", $0) })
    }

    /// A batch is one call to one dataset. Looks often, because what lingers rings no bell when its time has come.
    private var conversionPool: WorkerPool<[ClaimedMessage]> {
        WorkerPool(
            capacity: Limits.datasetsAtOnceMax, pollMs: 100, claim: { _ in try await conversions.claim() },
            handle: { await conversions.handle($0) }, turned: { [loopTurns] in loopTurns.turned("conversions") },
            failed: { stumbled("conversions", $0) })
    }

    private func claimJobs(_ room: Int) async throws -> [ClaimedJob] {
        let nowMs = clock.nowMs()
        let bootID = store.bootID
        let isDue = try await store.read { try $0.nextDue(.jobs).map { $0 <= nowMs } ?? false }
        guard isDue else { return [] }
        return try await store.write { try $0.claimJobs(nowMs: nowMs, leaseMs: Limits.leaseMs, limit: room, owner: bootID) }
    }

    // MARK: duties

    /// Prolongs what is ours; what is another's is asked for every second, and at once when somebody gave it up.
    private func keepDuties() async throws {
        try await duties.beat()
        guard store.isShared else { return await every(ms: Limits.dutyBeatMs) { loopTurns.turned("duties") } }
        try await beats(ms: 1_000, bell: .holds) { isRung, count in
            guard isRung || !duties.hasAll || count % (Limits.dutyBeatMs / 1_000) == 0 else { return }
            try await duties.beat()
        } turned: {
            loopTurns.turned("duties")
        }
    }

    private func bePresent() async throws {
        try await holds.beat()
        try await beats(ms: Limits.presenceBeatMs, bell: .holds) { _, _ in
            try await holds.beat()
        } turned: {
            loopTurns.turned("presence")
        }
    }

    /// At every ring and every so often; ends with an error or with the task.
    private func beats(
        ms: Int64, bell: Bell, _ work: @escaping (_ isRung: Bool, _ count: Int64) async throws -> Void, turned: () -> Void
    ) async throws {
        let (looks, look) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
        let rings = store.notifier.rings(bell)
        try await withThrowingTaskGroup { group in
            group.addTask { for await _ in rings { look.yield(true) } }
            group.addTask { await every(ms: ms) { look.yield(false) } }
            defer { group.cancelAll() }
            var count: Int64 = 0
            for await isRung in looks {
                count += 1
                turned()
                try await work(isRung, count)
            }
        }
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
                loopTurns.turned("decoder")
                await decodeAll()
                if Task.isCancelled { break }
            }
            group.cancelAll()
        }
    }

    /// Nothing while another gateway decodes.
    private func decodeAll() async {
        guard let term = duties.term(.decoding) else { return }
        do {
            while !Task.isCancelled, try await decoder.decodeNext(term) > 0 { loopTurns.turned("decoder") }
        } catch StoreError.fenced {
            duties.lost(term)
        } catch {
            if !Task.isCancelled { stumbled("decoder", error) }
        }
    }

    /// Gates, expired holds.
    private func sweep() async {
        await every(ms: 1_000) {
            loopTurns.turned("gates")
            await sweepOnce()
        }
    }

    private func sweepOnce() async {
        guard let term = duties.term(.schedules) else { return }
        do {
            try await holds.endExpired(term)
            try await prober.probeDue(term)
        } catch StoreError.fenced {
            duties.lost(term)
        } catch {
            if !Task.isCancelled { stumbled("gates", error) }
        }
    }

    /// Retention and what people asked for; looks every second, so that its age tells something.
    private func clean() async {
        var seconds = 0
        await every(ms: 1_000) {
            loopTurns.turned("janitor")
            seconds += 1
            guard seconds % 60 == 0, duties.term(.schedules) != nil else { return }
            await janitor.sweep()
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
