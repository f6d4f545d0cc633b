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
    }

    /// Runs the chains of jobs that were claimed together, side by side.
    ///
    /// What is finished within `patienceMs` is committed in one transaction, so that the touches of one delivery are seen at once and read in
    /// one call; a chain that waits for the network holds nobody back and is committed alone.
    package func handle(_ jobs: [ClaimedJob]) async {
        await withTaskGroup(of: Step.self) { group in
            for job in jobs { group.addTask { .finished(Outcome(job: job, result: await result(of: job))) } }
            group.addTask {
                do { try await Task.sleep(for: .milliseconds(Self.patienceMs)) } catch { return .patienceCancelled }
                return .patienceEnded
            }
            var together: [Outcome]? = []
            var left = jobs.count
            while left > 0, let step = await group.next() {
                switch step {
                case .finished(let outcome):
                    left -= 1
                    if together == nil { await commit([outcome]) } else { together?.append(outcome) }
                case .patienceEnded:
                    await commit(together ?? [])
                    together = nil
                case .patienceCancelled:
                    continue
                }
            }
            await commit(together ?? [])
            group.cancelAll()
        }
    }

    private static let patienceMs: Int64 = 50

    private enum Step: Sendable {
        case finished(Outcome)
        case patienceEnded
        case patienceCancelled
    }

    private struct Outcome: Sendable {
        let job: ClaimedJob
        let result: Result<[Effect], HandlerError>
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
        for step in route.chain {
            guard let handler = HandlerCatalog.make(step) else {
                throw .dead(
                    Reason(
                        "handler_unknown", "The handler \"\(step.handler)\" does not exist.", remedy: "Run `touchstone check`."))
            }
            try await handler.handle(&work)
        }
        return work.effects
    }

    private func commit(_ outcomes: [Outcome]) async {
        guard !outcomes.isEmpty else { return }
        do {
            try await write(outcomes)
        } catch {
            guard outcomes.count > 1 else { return await setBack(outcomes[0].job, error) }
            for outcome in outcomes { await commit([outcome]) }  // one that can't be stored fails alone
        }
    }

    private func write(_ outcomes: [Outcome]) async throws {
        let nowMs = clock.nowMs()
        try await store.write { [refresh, rules, workspaces] transaction in
            var counted = CountedEntities()
            for outcome in outcomes {
                switch outcome.result {
                case .success(let effects):
                    // fenced off: another owner took the job over after our lease, and its effects are the ones that count
                    guard try transaction.complete(.jobs, outcome.job.claim, nowMs: nowMs) else { continue }
                    for effect in effects {
                        try transaction.apply(effect, of: outcome.job.event, refresh: refresh, nowMs: nowMs)
                        if case .count(let own) = effect {
                            counted.add(own.entities, workspace: outcome.job.event.workspace, eventID: outcome.job.event.id)
                        }
                    }
                case .failure(let error):
                    try transaction.settle(.jobs, outcome.job.claim, error.disposition, nowMs: nowMs)
                }
            }
            try rules.evaluateOwn(counted, workspaces: workspaces, in: transaction, nowMs: nowMs)
        }
    }

    private func setBack(_ job: ClaimedJob, _ error: any Error) async {
        JobFailed(job: job.claim.id, eventID: job.event.id, route: job.route, attempt: job.claim.tries, error: "\(error)").emit(
            to: logger)
        let nowMs = clock.nowMs()
        do {
            try await store.write {
                try $0.settle(.jobs, job.claim, .retry(Reason("store", "The job's effects could not be stored.")), nowMs: nowMs)
            }
        } catch {
            // the lease runs out and it is tried again
            WorkNotSettled(queue: .jobs, id: job.claim.id, error: "\(error)").emit(to: logger)
        }
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
        case .send(let message):
            _ = try enqueue(message, nowMs: nowMs)
        case .storeLead(let lead):
            _ = try storeLead(lead, people: lead.people, workspace: event.workspace, eventID: event.id, nowMs: nowMs)
        case .storeEngagement(let engagement):
            _ = try storeEngagement(engagement, workspace: event.workspace, eventID: event.id, nowMs: nowMs)
        case .attribute(let attribution):
            try attribute(attribution, workspace: event.workspace, eventID: event.id, nowMs: nowMs)
        case .leaveOut(let reason):
            try setConversionState([event.id], .leftOut, reason: reason.text, traceID: nil, atMs: nowMs)
        case .count(let own):
            try insertOwn(own, eventID: event.id, workspace: event.workspace)
        }
    }

    /// Carries out what an error's disposition asks for.
    package func settle(_ queue: Queue, _ claim: Claim, _ disposition: Disposition, nowMs: Int64) throws {
        switch disposition {
        case .retry(let reason), .split(let reason):
            guard claim.tries < Int64(Limits.attemptsMax) else {
                _ = try kill(queue, id: claim.id, attempt: claim.attempt, reason: reason.text, nowMs: nowMs)
                return
            }
            let delayMs = Backoff.delayMs(attempt: Int(claim.tries), draw: Int64.random(in: 0..<1_000_000))
            _ = try retry(queue, id: claim.id, attempt: claim.attempt, dueAtMs: nowMs + delayMs, reason: reason.text)
        case .snooze(let untilMs, let reason):
            _ = try snooze(queue, id: claim.id, attempt: claim.attempt, dueAtMs: untilMs, reason: reason.text)
        case .hold(let gate, let reason):
            _ = try hold(queue, id: claim.id, attempt: claim.attempt, gate: gate, reason: reason.text, nowMs: nowMs)
        case .cancel(let reason):
            _ = try kill(queue, id: claim.id, attempt: claim.attempt, reason: reason.text, nowMs: nowMs)
        }
    }
}
