import Core
import Logging
import Storage
import Synchronization

/// The doors as one configuration has them. Nothing of it changes: a configuration that is read again makes another.
///
/// A request keeps the doors that it came through until it is answered.
final class IntakeDoors: Sendable {
    /// By path.
    let webhooks: [String: WebhookDoor]
    let conversions: ConversionDoor
    let orders: OrderDoor
    let stages: StageDoor
    let crm: CRMDoor
    let callbacks: CallbackDoor

    init(
        apps: [IntakeApp], sources: [IntakeSource], publicURL: String?, limits: IntakeLimits, _ shared: Shared
    ) {
        webhooks = WebhookDoor.all(apps, limits.perApp, shared.budgets)
        conversions = ConversionDoor(sources: sources, limits: limits.perSource, shared)
        orders = OrderDoor(sources: sources, limits: limits.perSource, shared)
        stages = StageDoor(sources: sources, limits: limits.perSource, shared)
        crm = CRMDoor(sources: sources, limits: limits.perSource, shared)
        callbacks = CallbackDoor(
            apps: apps.map(\.secrets), publicURL: publicURL, store: shared.store, nowMs: shared.nowMs, unstored: shared.unstored,
            logger: shared.logger)
    }
}

extension IntakeDoors {
    /// What all doors share, and what outlives a configuration: what is counted, and what waits.
    struct Shared: Sendable {
        let budgets = BudgetShelf()
        let parsers = ParserPool()
        let store: Store
        let pressure: Pressure
        let unstored: Unstored
        let nowMs: @Sendable () -> Int64
        let logger: Logger
    }
}

/// Which doors are in force. The lock is held for as long as it takes to look at one reference.
final class DoorsInForce: Sendable {
    private let doors: Mutex<IntakeDoors>

    init(_ doors: IntakeDoors) { self.doors = Mutex(doors) }

    var value: IntakeDoors {
        get { doors.withLock { $0 } }
        set { doors.withLock { $0 = newValue } }
    }
}
