package import Core
package import Logging
package import Storage

/// Keeps the promises that come due by themselves: deletions that people asked for, and rows that are older than they are kept.
package struct Janitor: Sendable {
    private let store: Store
    private let policy: RetentionPolicy
    private let clock: any WallClock
    private let logger: Logger

    /// Rows of one write: a few milliseconds, so that deliveries that wait for the writer hardly notice.
    private static let rowsPerWrite = 200
    /// Between two writes: intake has the writer for most of the time.
    private static let pauseMs: Int64 = 20
    private static let callbacksPerRound = 100

    package init(store: Store, policy: RetentionPolicy, clock: any WallClock, logger: Logger) {
        self.store = store
        self.policy = policy
        self.clock = clock
        self.logger = logger
    }

    /// One round; what can't be done now is tried again in the next.
    package func sweep() async {
        do {
            try await carryOutCallbacks()
            _ = try await store.tendPartitions(policy, nowMs: clock.nowMs())
            // one time for all: what the ledger compares goes to the same hour
            let nowMs = clock.nowMs()
            for table in PrunedTable.allCases { try await prune(table, nowMs: nowMs) }
        } catch is CancellationError {
            return  // the gateway stops; the next process goes on
        } catch {
            WorkerStumbled(worker: "janitor", error: "\(error)").emit(to: logger)
        }
    }

    // MARK: people

    private func carryOutCallbacks() async throws {
        while true {
            let open = try await store.read { try $0.callbacks(state: .open, limit: Self.callbacksPerRound) }
            for callback in open { try await carryOut(callback) }
            guard open.count == Self.callbacksPerRound else { return }
        }
    }

    private func carryOut(_ callback: Callback) async throws {
        let erased =
            switch callback.kind {
            case .dataDeletion: try await erase(callback)
            // no token of a single person is kept; a workspace's own token is refused by Meta, and its gate closes
            case .deauthorize: 0
            }
        let (code, nowMs) = (callback.code, clock.nowMs())
        try await store.write { try $0.finishCallback(code, erased: erased, nowMs: nowMs) }
        CallbackCarriedOut(kind: callback.kind, app: callback.app, code: code, erased: erased).emit(to: logger)
    }

    private func erase(_ callback: Callback) async throws -> Int {
        var erased = 0
        while true {
            let (digest, nowMs) = (callback.userDigest, clock.nowMs())
            let report = try await store.write {
                try $0.erase(userDigest: digest, nowMs: nowMs, limit: Self.rowsPerWrite)
            }
            erased += report.total
            if report.isComplete { return erased }
            try await pause()
        }
    }

    // MARK: age

    private func prune(_ table: PrunedTable, nowMs: Int64) async throws {
        var pruned = 0
        while true {
            let count = try await store.write { [policy] in try $0.prune(table, policy, nowMs: nowMs, limit: Self.rowsPerWrite) }
            pruned += count
            guard count >= Self.rowsPerWrite else { break }
            try await pause()
        }
        if pruned > 0 { RowsPruned(table: table.rawValue, rows: pruned).emit(to: logger) }
    }

    private func pause() async throws { try await Task.sleep(for: .milliseconds(Self.pauseMs)) }
}
