/// Which entity holds the budget that an entity spends from.
package enum BudgetOwner: Sendable, Equatable {
    case owner(EntityRef, DecisionField, minor: Int64)
    case none(Reason)
}
