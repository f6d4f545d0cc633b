import Core
import Logging
import Storage
import Synchronization

/// Which duties this gateway has, and until when it may believe so.
///
/// Belief only saves work: every write of a duty asks for its term in the same transaction, so that a gateway that was stopped meanwhile can
/// write nothing that another has taken over. On a store of one process the duties are taken once and stay.
final class DutyKeeper: Sendable {
    private struct Held {
        let term: Term
        /// Of the monotonic clock.
        let untilMs: Int64
    }

    private let store: Store
    private let clock: any WallClock
    private let logger: Logger
    private let held = Mutex<[Duty: Held]>([:])

    init(store: Store, clock: any WallClock, logger: Logger) {
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// Nil: it is another's now, or nobody's.
    func term(_ duty: Duty) -> Term? {
        let nowMs = Monotonic.nowMs()
        return held.withLock { held in held[duty].flatMap { nowMs < $0.untilMs ? $0.term : nil } }
    }

    /// Takes what is free, prolongs what is ours.
    func beat() async throws {
        let (nowMs, startMs) = (clock.nowMs(), Monotonic.nowMs())
        let terms = try await store.write { transaction in
            try Duty.allCases.map { ($0, try transaction.take($0, nowMs: nowMs, forMs: Limits.dutyMs)) }
        }
        for (duty, term) in terms { note(duty, term, untilMs: store.isShared ? startMs + Limits.dutyMs : .max) }
    }

    private func note(_ duty: Duty, _ term: Term?, untilMs: Int64) {
        let before = held.withLock { held -> Term? in
            let before = held[duty]?.term
            held[duty] = term.map { Held(term: $0, untilMs: untilMs) }
            return before
        }
        guard before != term, store.isShared else { return }
        DutyChanged(duty: duty.rawValue, isOurs: term != nil).emit(to: logger)
        if duty == .decoding, term != nil { store.notifier.ring(.deliveries) }
    }

    /// A write was refused: another has the duty by now.
    func lost(_ term: Term) {
        held.withLock { held in
            if held[term.duty]?.term == term { held[term.duty] = nil }
        }
    }

    /// Whether everything there is to be done is done by this gateway; then it need not look often.
    var hasAll: Bool { Duty.allCases.allSatisfy { term($0) != nil } }

    /// At an orderly stop: others are told to look at once.
    func giveUp() async throws {
        let terms = held.withLock { held in
            defer { held = [:] }
            return held.values.map(\.term)
        }
        guard store.isShared else { return }
        try await store.write { transaction in
            for term in terms { try transaction.giveUp(term) }
            try transaction.leave()
            transaction.ring(.holds)
        }
    }
}
