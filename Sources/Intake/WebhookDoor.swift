import Core
import Signing

/// A path that apps' webhooks come to, with everything that was known of it beforehand.
final class WebhookDoor: Sendable {
    let secrets: [AppSecrets]
    let verifyTokens: [String]
    /// Of the same apps, in the same order.
    private let budgets: [Budget]
    /// Counts the bytes of bodies before it is known whose they are.
    let claim: Budget

    private init(_ apps: [IntakeApp], _ budgets: [Budget], claim: Budget) {
        secrets = apps.map(\.secrets)
        verifyTokens = apps.map(\.verifyToken)
        self.budgets = budgets
        self.claim = claim
    }

    /// Who a request to this path may be from: false when all of them have as much under way as they may.
    func hasRoom(nowMs: @autoclosure () -> Int64) -> Bool {
        for budget in budgets where budget.hasRoom(nowMs: nowMs()) { return true }
        return budgets.isEmpty
    }

    func budget(of app: String) -> Budget? {
        for place in secrets.indices where secrets[place].app == app { return budgets[place] }
        return nil
    }

    /// Every path that is served: an app's own, which several may share, and below it one for each app's name.
    static func all(_ apps: [IntakeApp], _ limits: BudgetLimits, _ shelf: BudgetShelf) -> [String: WebhookDoor] {
        let budgets = apps.map { shelf.budget("app", $0.secrets.app, limits) }
        var doors: [String: WebhookDoor] = [:]
        for (app, budget) in zip(apps, budgets) where doors["\(app.path)/\(app.secrets.app)"] == nil {
            doors["\(app.path)/\(app.secrets.app)"] = WebhookDoor([app], [budget], claim: budget)
        }
        for path in Set(apps.map(\.path)) {
            let shared = zip(apps, budgets).filter { $0.0.path == path }
            let claim = shared.count == 1 ? shared[0].1 : shelf.budget("path", path, limits)
            doors[path] = WebhookDoor(shared.map(\.0), shared.map(\.1), claim: claim)
        }
        return doors
    }
}
