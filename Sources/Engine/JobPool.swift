import Core
import Storage

/// Runs jobs side by side, each in a slot of its own, and commits together what has ended.
///
/// A chain that hangs holds its own key and its slot; `JobSlots` sees to it that there is always room for others.
package struct JobPool: Sendable {
    let worker: JobWorker
    let desk: JobDesk
    /// Claims at most that many.
    let claim: @Sendable (Int) async throws -> [ClaimedJob]
    let turned: @Sendable () -> Void
    let failed: @Sendable (any Error) -> Void

    private static let sweepMs: Int64 = 25
    private static let pollMs: Int64 = 250
    /// While nothing can be stored.
    private static let pauseMs: Int64 = 500

    func run(bell: AsyncStream<Void>) async {
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (commits, commit) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in bell { look.yield() } }
            group.addTask { await tick(look, commit) }
            group.addTask { for await _ in commits { await commitReady(look) } }
            await withDiscardingTaskGroup { jobs in
                look.yield()
                for await _ in looks {
                    if Task.isCancelled { break }
                    turned()
                    await fill(&jobs, look, commit)
                }
                jobs.cancelAll()
            }
            group.cancelAll()
        }
        // stopped: what had ended is written down, what was cut off is given back
        _ = await worker.commit(desk.takeAll())
    }

    private func fill(
        _ jobs: inout DiscardingTaskGroup, _ look: AsyncStream<Void>.Continuation, _ commit: AsyncStream<Void>.Continuation
    ) async {
        guard let room = desk.wantRoom() else { return }
        let claimed = await claimed(room)
        let fresh = desk.admit(claimed, of: room, nowMs: Monotonic.nowMs())
        guard !claimed.isEmpty else { return }
        let together = fresh.filter(worker.needsOneRead)
        let alone = fresh.filter { !worker.needsOneRead($0) }.map { [$0] }
        for part in (together.isEmpty ? [] : [together]) + alone {
            jobs.addTask {
                await run(part, commit)
                if desk.isWanted { look.yield() }
                await release(commit)
            }
        }
        look.yield()  // there may be more where these came from
    }

    /// In a task of its own, so that it alone can be cut: one job, or those that need one read and no more.
    private func run(_ jobs: [ClaimedJob], _ commit: AsyncStream<Void>.Continuation) async {
        let ids = jobs.map(\.claim.id)
        let task = Task {
            let results = await worker.results(of: jobs)
            let ended = zip(ids, results).map { (id: $0, result: $1) }
            if desk.finished(ended, nowMs: Monotonic.nowMs(), isStopping: Task.isCancelled) { commit.yield() }
        }
        desk.note(task, of: ids)
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// In time, and not at the next sweep: where another of the batch hangs, everybody else would wait for that.
    private func release(_ commit: AsyncStream<Void>.Continuation) async {
        do { try await Task.sleep(for: .milliseconds(Limits.jobsQuietMs)) } catch { return }
        if desk.release(nowMs: Monotonic.nowMs()) { commit.yield() }
    }

    private func commitReady(_ look: AsyncStream<Void>.Continuation) async {
        defer { if desk.isWanted { look.yield() } }
        while true {
            let outcomes = desk.take()
            guard !outcomes.isEmpty else { return }
            let left = await worker.commit(outcomes)
            guard !left.isEmpty else { continue }
            desk.putBack(left)
            do { try await Task.sleep(for: .milliseconds(Self.pauseMs)) } catch { return }
        }
    }

    private func claimed(_ room: Int) async -> [ClaimedJob] {
        do {
            return try await claim(room)
        } catch {
            if !Task.isCancelled { failed(error) }
            return []
        }
    }

    private func tick(_ look: AsyncStream<Void>.Continuation, _ commit: AsyncStream<Void>.Continuation) async {
        var polledMs: Int64 = 0
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(Self.sweepMs)) } catch { break }
            let nowMs = Monotonic.nowMs()
            if desk.sweep(nowMs: nowMs) { commit.yield() }
            if nowMs - polledMs >= Self.pollMs {
                polledMs = nowMs
                look.yield()
            }
        }
        look.finish()
        commit.finish()
    }
}
