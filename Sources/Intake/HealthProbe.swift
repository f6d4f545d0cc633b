import Listener
import Storage
import Synchronization

/// Whether the store commits: from the last commit, with at most one probe a second; and whether new work is taken.
final class HealthProbe: Sendable {
    struct Report: Sendable, Equatable {
        /// The store commits.
        let isWell: Bool
        /// Sentences for whoever looks, without names, paths and values.
        let text: String
    }

    private struct State {
        var probedAtMs: Int64 = 0
        var isProbing = false
        var fault: StoreError?
    }

    private let store: Store
    private let pressure: Pressure
    private let nowMs: @Sendable () -> Int64
    private let state = Mutex(State())
    /// A commit younger than this is proof enough; a probe that takes longer is a fault.
    private static let freshMs: Int64 = 1_000

    init(store: Store, pressure: Pressure, nowMs: @escaping @Sendable () -> Int64) {
        self.store = store
        self.pressure = pressure
        self.nowMs = nowMs
    }

    /// Answers at once where it can; a probe answers when it is through.
    func look(_ answer: @escaping @Sendable (Report) -> Void) {
        let now = nowMs()
        pressure.tend(nowMs: now)
        if now - store.health.lastCommitAtMs < Self.freshMs { return answer(well) }
        let (mustProbe, hangs, fault) = state.withLock { state -> (Bool, Bool, StoreError?) in
            let isOld = now - state.probedAtMs >= Self.freshMs || now < state.probedAtMs
            guard isOld, !state.isProbing else { return (false, isOld && state.isProbing, state.fault) }
            state.probedAtMs = now
            state.isProbing = true
            return (true, false, nil)
        }
        if hangs { return answer(Report(isWell: false, text: "The store does not answer.")) }
        guard mustProbe else { return answer(fault.map(ill) ?? well) }
        Task {
            let fault = await probe()
            state.withLock { state in
                state.isProbing = false
                state.fault = fault
            }
            answer(fault.map(ill) ?? well)
        }
    }

    private func probe() async -> StoreError? {
        do {
            try await store.probe()
            return nil
        } catch {
            return error as? StoreError ?? .closed  // it throws nothing else
        }
    }

    private var well: Report {
        let reasons = pressure.isHigh ? pressure.reasons : []
        return Report(isWell: true, text: (["ok"] + reasons).joined(separator: "\n"))
    }

    private func ill(_ fault: StoreError) -> Report {
        let why =
            switch fault {
            case .full: "The disk or the database is full."
            case .ioFailure: "The disk can't be written."
            case .unreachable: "The database can't be reached."
            case _: "The store does not commit."
            }
        return Report(isWell: false, text: why)
    }
}

extension Reply {
    /// 503 while the store does not commit. That new work is not taken is only told: another gateway of the same database would take none either.
    static func health(_ report: HealthProbe.Report) -> Reply {
        let reply = text(report.isWell ? 200 : 503, report.text)
        return report.isWell ? reply : Reply(status: 503, headers: reply.headers + [("retry-after", "5")], body: reply.body)
    }
}
