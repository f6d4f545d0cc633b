import Core
import Synchronization

/// The budgets by their owners, so that a configuration that is read again goes on counting where the last one was.
///
/// A budget whose bounds were changed counts anew: what was under way under the old ones is given back to those.
final class BudgetShelf: Sendable {
    private struct Key: Hashable {
        let kind: String
        let name: String
    }

    private struct Place {
        let limits: BudgetLimits
        let budget: Budget
    }

    private let places = Mutex<[Key: Place]>([:])

    func budget(_ kind: String, _ name: String, _ limits: BudgetLimits) -> Budget {
        let key = Key(kind: kind, name: name)
        return places.withLock { places in
            if let place = places[key], place.limits == limits { return place.budget }
            let budget = Budget(kind, name, limits)
            places[key] = Place(limits: limits, budget: budget)
            return budget
        }
    }
}
