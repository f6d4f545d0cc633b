import Core
import Listener
import Logging
import Metrics

/// What one app or one source may have under way, so that one that floods is answered 503 and nobody else.
///
/// Bytes are counted by the listener while they come in, for whom the request claims to be from. Requests are counted from the moment that
/// their signature or token was found right: what anybody can claim must not use up what an app or source has. Before that it is only
/// looked at, so that a flood costs no more than its headers.
final class Budget: Sendable {
    /// `app` or `source`, and its name.
    let owner: (kind: String, name: String)
    let share: Share
    private let pace: Pace?
    private let tally = Tally()
    private let refused: Counter

    init(_ kind: String, _ name: String, _ limits: BudgetLimits) {
        owner = (kind, name)
        share = Share(requestsMax: limits.requests ?? .max, bytesMax: limits.bytes ?? .max)
        pace = limits.perSecond.map { Pace(perSecond: $0) }
        refused = Counter(label: "touchstone_requests_over_budget_total", dimensions: [("of", kind), ("name", name)])
    }

    func hasRoom(nowMs: @autoclosure () -> Int64) -> Bool {
        guard share.hasRoom else { return false }
        guard let pace else { return true }
        return pace.isOpen(nowMs: nowMs())
    }

    /// Once its request is proven; `giveBack` when it is answered.
    func take(nowMs: Int64) -> Bool {
        guard share.takeRequest() else { return false }
        guard pace?.take(nowMs: nowMs) ?? true else {
            share.giveBackRequest()
            return false
        }
        return true
    }

    func giveBack() { share.giveBackRequest() }

    /// A request was refused.
    func tell(nowMs: Int64, to logger: Logger) {
        refused.increment()
        guard let count = tally.add(nowMs: nowMs) else { return }
        OverBudget(kind: owner.kind, name: owner.name, count: count).emit(to: logger)
    }
}
