import Listener
import Logging
import Metrics

/// What the listener refuses by itself, counted one by one and told at most once a second.
final class ListenerRefusals: Sendable {
    private struct TurnedAway {
        let refusal: ConnectionRefusal
        let tally = Tally()
        let counter: Counter

        init(_ refusal: ConnectionRefusal) {
            self.refusal = refusal
            counter = Counter(
                label: "touchstone_connections_turned_away_total", dimensions: [("reason", refusal.rawValue)])
        }
    }

    private let busyTally = Tally()
    private let busyCounter = Counter(label: "touchstone_requests_busy_total")
    private let away = ConnectionRefusal.allCases.map(TurnedAway.init)

    func busy(nowMs: Int64, to logger: Logger) {
        busyCounter.increment()
        guard let count = busyTally.add(nowMs: nowMs) else { return }
        ListenerBusy(count: count).emit(to: logger)
    }

    func turnedAway(_ refusal: ConnectionRefusal, _ address: String, nowMs: Int64, to logger: Logger) {
        for one in away where one.refusal == refusal {
            one.counter.increment()
            guard let count = one.tally.add(nowMs: nowMs) else { return }
            ConnectionsTurnedAway(refusal: refusal, remoteAddress: address, count: count).emit(to: logger)
        }
    }
}
