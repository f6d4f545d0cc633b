import Core
import Logging
import Synchronization

/// Whether a dataset may be sent to now: a breaker for each, and what was learnt of it lately. In memory: losing it costs calls.
final class ConversionDesk: Sendable {
    /// A dataset, as one workspace sends to it.
    struct Place: Hashable, Sendable {
        let workspace: String
        let dataset: String
    }

    private struct Standing {
        var breaker = CircuitBreaker(policy: ConversionDesk.policy)
        /// Batches since the breaker opened.
        var putOff = 0
        /// When an event got through to it while others waited for its gate.
        var openedAtMs: Int64?
    }

    /// Calls, each of up to a thousand events.
    static let policy = BreakerPolicy(after: 5, forMs: 30_000)
    /// While one call is under way to see, the others look again after this.
    private static let lookMs: Int64 = 1_000

    private let places = Mutex<[Place: Standing]>([:])
    private let clock: any WallClock
    private let logger: Logger

    init(clock: any WallClock, logger: Logger) {
        self.clock = clock
        self.logger = logger
    }

    /// Nil: a call may go, and `leave` must be called; else when to come again. It counts no attempt.
    func enter(_ place: Place) -> Disposition? {
        let nowMs = clock.nowMs()
        return places.withLock { places in
            var standing = places[place] ?? Standing()
            defer { places[place] = standing }
            let isAsking = standing.breaker.state == .halfOpen
            guard case .wait(let untilMs) = standing.breaker.ask(nowMs: nowMs) else { return nil }
            standing.putOff += 1
            return .snooze(untilMs: isAsking ? min(untilMs, nowMs + Self.lookMs) : untilMs, .resting(place.dataset))
        }
    }

    /// What came of a call; `success` nil: it says nothing about whether anybody is there.
    func leave(_ place: Place, success: Bool?) {
        let nowMs = clock.nowMs()
        let turned = places.withLock { places -> BreakerStanding? in
            guard var standing = places[place] else { return nil }
            defer { places[place] = standing }
            guard let success else {
                standing.breaker.withdraw(nowMs: nowMs)
                return nil
            }
            let hasTurned = standing.breaker.note(success: success, nowMs: nowMs)
            if hasTurned { standing.putOff = 0 }
            return hasTurned ? Self.shown(place, standing) : nil
        }
        if let turned { BreakerTurned(standing: turned).emit(to: logger) }
    }

    /// Its gate was opened by an event that got through.
    func opened(_ place: Place) {
        let nowMs = clock.nowMs()
        places.withLock { $0[place, default: Standing()].openedAtMs = nowMs }
    }

    /// Whether refusals are the events' own: others got through where all were held.
    func isTrusted(_ place: Place) -> Bool {
        let nowMs = clock.nowMs()
        return places.withLock { places in
            places[place]?.openedAtMs.map { nowMs - $0 < Limits.datasetTrustedMs } ?? false
        }
    }

    /// Every breaker that has been asked, by workspace and dataset.
    var breakers: [BreakerStanding] {
        places.withLock { $0.map { Self.shown($0.key, $0.value) } }
            .sorted { ($0.workspace, $0.destination) < ($1.workspace, $1.destination) }
    }

    private static func shown(_ place: Place, _ standing: Standing) -> BreakerStanding {
        let breaker = standing.breaker
        return BreakerStanding(
            workspace: place.workspace, destination: Gate.dataset(place.dataset).text, state: breaker.state,
            failures: breaker.failures, sinceMs: breaker.sinceMs, reopensAtMs: breaker.reopensAtMs, putOff: standing.putOff)
    }
}

extension Reason {
    fileprivate static func resting(_ dataset: String) -> Reason {
        Reason(
            "dataset_resting", "Calls to the dataset \(dataset) have failed time after time; it is left alone for a while.",
            remedy: "It is asked again by itself.")
    }
}
