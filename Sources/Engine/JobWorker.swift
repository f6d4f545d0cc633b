package import Core
package import Logging
package import Storage

/// Runs the chain of a job and commits its effects together with its completion.
package struct JobWorker: Sendable {
    private let store: Store
    private let router: Router
    private let workspaces: WorkspaceIndex
    private let refresh: RefreshPolicy
    private let reach: Reach
    private let rules: RuleRunner
    private let clock: any WallClock
    private let logger: Logger
    /// The chains all of whose steps need no more than one read, by route.
    private let readings: [String: [any ReadingHandler]]

    package init(
        store: Store, router: Router, workspaces: WorkspaceIndex, refresh: RefreshPolicy, reach: Reach, rules: RuleRunner,
        clock: any WallClock, logger: Logger
    ) {
        self.store = store
        self.router = router
        self.workspaces = workspaces
        self.refresh = refresh
        self.reach = reach
        self.rules = rules
        self.clock = clock
        self.logger = logger
        let chains = router.all.compactMap { route -> (String, [any ReadingHandler])? in
            let steps = route.chain.compactMap { HandlerCatalog.make($0) as? any ReadingHandler }
            return steps.count == route.chain.count ? (route.name, steps) : nil
        }
        readings = Dictionary(chains) { first, _ in first }
    }

    /// Whether its chain needs no more than one read, so that it may run together with others.
    func needsOneRead(_ job: ClaimedJob) -> Bool {
        guard let chain = readings[job.route] else { return false }
        return chain.allSatisfy { type(of: $0).isEnough(for: job.event) }
    }

    /// Runs the chains of jobs: in one read where each of them needs one, else one after the other. Their results, in their order.
    ///
    /// When that read fails each is run alone, so that what is to blame fails alone.
    func results(of jobs: [ClaimedJob]) async -> [Result<[Effect], HandlerError>] {
        do {
            guard jobs.allSatisfy(needsOneRead) else { return await resultsAlone(of: jobs) }
            let parts = try await reach.deliveries.parts(of: jobs.map(\.event))
            return try await reach.store.read { transaction in
                let reading = try Reading(jobs.map(\.event), parts, in: transaction)
                return try jobs.map { try result(of: $0, reading) }
            }
        } catch {
            return await resultsAlone(of: jobs)
        }
    }

    private func resultsAlone(of jobs: [ClaimedJob]) async -> [Result<[Effect], HandlerError>] {
        var results: [Result<[Effect], HandlerError>] = []
        for job in jobs { results.append(await result(of: job)) }
        return results
    }

    private func result(of job: ClaimedJob, _ reading: Reading) throws -> Result<[Effect], HandlerError> {
        var work = Work(event: job.event, workspace: workspaces[job.event.workspace], reach: reach)
        do {
            for handler in readings[job.route] ?? [] where job.event.copy == 0 || handler is ForwardConversion {
                try handler.decide(&work, reading)
            }
            return .success(work.effects)
        } catch let error as HandlerError {
            return .failure(error)
        }
    }

    private func result(of job: ClaimedJob) async -> Result<[Effect], HandlerError> {
        do throws(HandlerError) {
            return .success(try await effects(of: job))
        } catch {
            return .failure(error)
        }
    }

    private func effects(of job: ClaimedJob) async throws(HandlerError) -> [Effect] {
        guard let route = router[job.route] else {
            throw .dead(
                Reason(
                    "route_gone", "The route \"\(job.route)\" is no longer in the configuration.",
                    remedy: "Put it back, or leave the job as it is."))
        }
        var work = Work(event: job.event, workspace: workspaces[job.event.workspace], reach: reach)
        for step in router.chain(route, for: job.event) {
            guard let handler = HandlerCatalog.make(step) else {
                throw .dead(
                    Reason(
                        "handler_unknown", "The handler \"\(step.handler)\" does not exist.", remedy: "Run `touchstone check`."))
            }
            try await handler.handle(&work)
        }
        return work.effects
    }

    /// Commits what jobs came to, together; one that can't be stored fails alone. Returns what is to be tried again, because nothing can
    /// be stored now: the network has been asked already, and a lease that ends meanwhile is no harm.
    func commit(_ outcomes: [JobOutcome]) async -> [JobOutcome] {
        guard let first = outcomes.first else { return [] }
        do {
            for died in try await write(outcomes) { died.emit(to: logger) }
            return []
        } catch let error as StoreError where error.passes {
            WorkNotSettled(queue: .jobs, id: first.job.claim.id, trace: first.job.trace, error: "\(error)").emit(to: logger)
            return outcomes
        } catch {
            guard outcomes.count > 1 else {
                await setBack(first.job, error)
                return []
            }
            let middle = outcomes.count / 2
            let left = await commit(Array(outcomes[..<middle]))
            return await left + commit(Array(outcomes[middle...]))
        }
    }

    private func write(_ outcomes: [JobOutcome]) async throws -> [WorkDied] {
        let nowMs = clock.nowMs()
        return try await store.write { [refresh, rules, workspaces] transaction in
            var counted = CountedEntities()
            var dead: [WorkDied] = []
            // fenced off: another owner took a job over after our lease, and its effects are the ones that count
            let done = try transaction.complete(.jobs, outcomes.filter(\.succeeded).map(\.job.claim), nowMs: nowMs)
            let common = CommonEffects(outcomes.filter { done.contains($0.job.claim.id) })
            try common.write(to: transaction, nowMs: nowMs)
            for outcome in outcomes {
                let job = outcome.job
                switch outcome.result {
                case .success(let effects):
                    guard done.contains(job.claim.id) else { continue }
                    for effect in effects {
                        try transaction.apply(effect, of: job.event, refresh: refresh, nowMs: nowMs)
                        if case .count(let own) = effect {
                            counted.add(own.entities, workspace: job.event.workspace, eventID: job.event.id)
                        }
                    }
                case .failure(let error):
                    let reason = try transaction.settle(
                        .jobs, job.claim, error.disposition.dated(job.claim, nowMs: nowMs), job.bound, nowMs: nowMs)
                    if let reason { dead.append(WorkDied(queue: .jobs, id: job.claim.id, trace: job.trace, reason: reason.code)) }
                }
            }
            try transaction.redoRefunds(ofPurchases: common.purchases, nowMs: nowMs)
            try rules.evaluateOwn(counted, workspaces: workspaces, in: transaction, nowMs: nowMs)
            return dead
        }
    }

    private func setBack(_ job: ClaimedJob, _ error: any Error) async {
        JobFailed(
            job: job.claim.id, trace: job.trace, route: job.route, attempt: job.claim.tries, error: "\(error)"
        ).emit(to: logger)
        let nowMs = clock.nowMs()
        do {
            _ = try await store.write {
                try $0.settle(
                    .jobs, job.claim, .retry(Reason("store", "The job's effects could not be stored.")), job.bound, nowMs: nowMs)
            }
        } catch {
            // the lease runs out and it is tried again
            WorkNotSettled(queue: .jobs, id: job.claim.id, trace: job.trace, error: "\(error)").emit(to: logger)
        }
    }
}

/// The effects of many jobs that go into few statements.
private struct CommonEffects {
    private var attributed: [AttributedEvent] = []
    private var leftOut: [String: [Int64]] = [:]
    private var messages: [OutboxMessage] = []
    private var counted: [(own: OwnEvent, event: StoredEvent)] = []
    /// Purchases that count; what was taken back of them before is looked at once more, after everything else.
    private(set) var purchases: [Int64] = []

    init(_ outcomes: [JobOutcome]) {
        for outcome in outcomes {
            guard case .success(let effects) = outcome.result else { continue }
            for effect in effects { add(effect, of: outcome.job.event) }
        }
    }

    private mutating func add(_ effect: Effect, of event: StoredEvent) {
        switch effect {
        case .attribute(let attribution):
            attributed.append(AttributedEvent(eventID: event.id, workspace: event.workspace, attribution: attribution))
        case .leaveOut(let reason): leftOut[reason.text, default: []].append(event.id)
        case .send(let message): messages.append(message)
        case .count(let own):
            counted.append((own, event))
            if own.count == .purchase { purchases.append(event.id) }
        case .touch, .storeLead, .storeEngagement, .report: return
        }
    }

    func write(to transaction: Transaction, nowMs: Int64) throws {
        try transaction.attribute(attributed, nowMs: nowMs)
        for (reason, events) in leftOut.sorted(by: { $0.key < $1.key }) {
            try transaction.setConversionState(events, .leftOut, reason: reason, traceID: nil, atMs: nowMs)
        }
        for message in messages { try transaction.post(message, nowMs: nowMs) }
        for (own, event) in counted { try transaction.insertOwn(own, eventID: event.id, workspace: event.workspace) }
    }
}

extension Transaction {
    /// Writes one effect down. The same effect twice is one.
    func apply(_ effect: Effect, of event: StoredEvent, refresh: RefreshPolicy, nowMs: Int64) throws {
        switch effect {
        case .touch(let entity, let accountID, let metricMoved):
            try touch(workspace: event.workspace, accountID: accountID ?? "", ref: entity, eventID: event.id, nowMs: nowMs) {
                row in
                refresh.dueAt(
                    touchedAtMs: nowMs, lastReadAtMs: row?.lastReadAtMs, pendingDueAtMs: row?.waitingDueAtMs,
                    metricMoved: metricMoved)
            }
        case .storeLead(let lead):
            _ = try storeLead(lead, people: lead.people, workspace: event.workspace, eventID: event.id, nowMs: nowMs)
        case .storeEngagement(let engagement):
            _ = try storeEngagement(engagement, workspace: event.workspace, eventID: event.id, nowMs: nowMs)
        case .send, .attribute, .leaveOut, .count: return  // written before, those of all jobs together
        case .report(let report):
            try takeIn(report, workspace: event.workspace, nowMs: nowMs)
        }
    }

    /// Carries out what an error's disposition asks for, as far as `bound` allows; the reason when the work is dead now.
    @discardableResult
    package func settle(_ queue: Queue, _ claim: Claim, _ disposition: Disposition, _ bound: RetryBound, nowMs: Int64) throws
        -> Reason?
    {
        let draw = Int64.random(in: 0..<1_000_000)
        let (id, attempt) = (claim.id, claim.attempt)
        switch bound.ending(disposition, tries: claim.tries, nowMs: nowMs, draw: draw) {
        case .again(let dueAtMs, true, let reason):
            _ = try retry(queue, id: id, attempt: attempt, dueAtMs: dueAtMs, reason: reason.text)
        case .again(let dueAtMs, false, let reason):
            _ = try snooze(queue, id: id, attempt: attempt, dueAtMs: dueAtMs, reason: reason.text)
        case .held(let gate, let reason):
            _ = try hold(queue, id: id, attempt: attempt, gate: gate, reason: reason.text, nowMs: nowMs)
        case .dead(let reason):
            return try kill(queue, id: id, attempt: attempt, reason: reason.text, nowMs: nowMs) ? reason : nil
        }
        return nil
    }
}

extension ClaimedJob {
    var trace: TraceID { TraceID(eventID: event.id) }
    var bound: RetryBound { RetryBound(startMs: event.receivedAtMs) }
}

extension Disposition {
    /// What was given back without a time of its own is due now, or, when it had to make room, the later the oftener.
    fileprivate func dated(_ claim: Claim, nowMs: Int64) -> Disposition {
        guard case .snooze(.min, let reason) = self else { return self }
        guard reason == .roomNeeded else { return .snooze(untilMs: nowMs, reason) }
        let delayMs = Backoff.delayMs(attempt: Int(clamping: claim.attempt), draw: Int64.random(in: 0..<1_000_000))
        return .snooze(untilMs: nowMs + delayMs, reason)
    }
}

extension StoreError {
    /// Nothing can be stored now, whatever it is; later it can.
    var passes: Bool {
        switch self {
        case .full, .ioFailure, .locked, .busy, .overloaded, .unreachable, .timeout, .cannotOpen: true
        case .corrupt, .constraint, .closed, .fenced, .newerSchema, .olderSchema, .wrongMasterKey, .missing, .readOnly, .sealed,
            .statement, .column:
            false
        }
    }
}
