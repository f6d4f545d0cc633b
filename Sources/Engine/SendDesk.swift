import Core
import Logging
import Storage
import Synchronization

/// Who may be sent to now: a breaker for each destination of each workspace, and room for each place.
///
/// A place that hangs holds no more than `Limits.sendsPerPlaceMax` of all sends; what finds no room there within a moment is put off.
final class SendDesk: Sendable {
    /// Where a message goes: a destination, or Meta (an empty name), as one workspace sends there.
    struct Place: Hashable, Sendable {
        let workspace: String
        let destination: String
    }

    private struct Standing {
        var breaker: CircuitBreaker?
        var underWay = 0
        /// Since the breaker opened.
        var putOff = 0
    }

    private let places = Mutex<[Place: Standing]>([:])
    private let policies: [String: BreakerPolicy]
    private let clock: any WallClock
    private let logger: Logger

    /// For room, and between two looks for it.
    private static let patienceMs: Int64 = 1_000
    private static let lookMs: Int64 = 20
    /// Doublings of how far apart what is put off is spread.
    private static let spreadMax = 2

    init(policies: [String: BreakerPolicy], clock: any WallClock, logger: Logger) {
        self.policies = policies
        self.clock = clock
        self.logger = logger
    }

    /// Nil: the message may go, and `leave` must be called; else what becomes of it. It counts no attempt.
    func enter(_ place: Place, attempt: Int64) async -> Disposition? {
        let startMs = Monotonic.nowMs()
        while true {
            switch tryToEnter(place) {
            case .go: return nil
            case .open(let untilMs):
                return .snooze(
                    untilMs: spread(untilMs, policies[place.destination]?.forMs ?? 0, attempt), .resting(place.destination))
            case .full:
                guard Monotonic.nowMs() - startMs < Self.patienceMs else {
                    return .snooze(untilMs: spread(clock.nowMs(), Self.patienceMs, attempt), .noRoom)
                }
                do { try await Task.sleep(for: .milliseconds(Self.lookMs)) } catch {
                    return .snooze(untilMs: clock.nowMs(), .stopped)
                }
            }
        }
    }

    private enum Entry { case go, full, open(untilMs: Int64) }

    private func tryToEnter(_ place: Place) -> Entry {
        let nowMs = clock.nowMs()
        return places.withLock { places in
            var standing = places[place] ?? Standing(breaker: policies[place.destination].map(CircuitBreaker.init))
            defer { places[place] = standing }
            guard standing.underWay < Limits.sendsPerPlaceMax else { return .full }
            if case .wait(let untilMs) = standing.breaker?.ask(nowMs: nowMs) {
                standing.putOff += 1
                return .open(untilMs: untilMs)
            }
            standing.underWay += 1
            return .go
        }
    }

    /// What came of it; `success` nil: it says nothing about whether anybody is there.
    func leave(_ place: Place, success: Bool?) {
        let nowMs = clock.nowMs()
        let turned = places.withLock { places -> BreakerStanding? in
            guard var standing = places[place] else { return nil }
            defer { places[place] = standing }
            standing.underWay -= 1
            guard let success else {
                standing.breaker?.withdraw(nowMs: nowMs)
                return nil
            }
            let hasTurned = standing.breaker?.note(success: success, nowMs: nowMs) ?? false
            if hasTurned { standing.putOff = 0 }
            return hasTurned ? Self.shown(place, standing) : nil
        }
        if let turned { BreakerTurned(standing: turned).emit(to: logger) }
    }

    /// Every breaker that has been asked, by workspace and destination.
    var breakers: [BreakerStanding] {
        places.withLock { $0.compactMap { Self.shown($0.key, $0.value) } }
            .sorted { ($0.workspace, $0.destination) < ($1.workspace, $1.destination) }
    }

    private static func shown(_ place: Place, _ standing: Standing) -> BreakerStanding? {
        standing.breaker.map { breaker in
            BreakerStanding(
                workspace: place.workspace, destination: place.destination, state: breaker.state, failures: breaker.failures,
                sinceMs: breaker.sinceMs, reopensAtMs: breaker.reopensAtMs, putOff: standing.putOff)
        }
    }

    /// So that not all of it is there at once: the oftener it was put off, the wider.
    private func spread(_ fromMs: Int64, _ widthMs: Int64, _ attempt: Int64) -> Int64 {
        let width = widthMs << Int64(min(max(0, attempt - 1), Int64(Self.spreadMax)))
        return fromMs + (width > 0 ? Int64.random(in: 0..<width) : 0)
    }
}

extension Reason {
    fileprivate static func resting(_ destination: String) -> Reason {
        Reason(
            "destination_resting", "The destination \(destination) has failed time after time and is left alone for a while.",
            remedy: "It is asked again by itself.")
    }

    fileprivate static let noRoom = Reason("place_busy", "As much as may be is under way to the same place; it goes next.")
}
