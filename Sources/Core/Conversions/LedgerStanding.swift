/// Where an order is, by the events that told of it.
///
/// The order of the cases is the order of their weight: of several events the one that got furthest speaks for the order. So an order
/// is accepted when any of its events is.
package enum LedgerStanding: Sendable, Hashable {
    /// Meta has it.
    case accepted
    case waiting
    /// In quarantine: refused by validation or by Meta. Somebody may mend it.
    case quarantined(reason: String)
    /// Not sent on, for a reason of ours.
    case leftOut(reason: String)
    /// Its row says what can't be: the ledger does not add up.
    case unaccounted(reason: String)

    /// Events that were told under the name and id of another order's event, and dropped like any repeat.
    package static let duplicateID = LedgerStanding.leftOut(reason: "duplicate_event_id")

    private var weight: Int {
        switch self {
        case .accepted: 0
        case .waiting: 1
        case .quarantined: 2
        case .leftOut: 3
        case .unaccounted: 4
        }
    }

    /// Which of two events of one order speaks for it; of equals the first.
    package func outweighed(by other: LedgerStanding) -> LedgerStanding { other.weight < weight ? other : self }

    /// `left_out`, for documents.
    package var word: String {
        switch self {
        case .accepted: "accepted"
        case .waiting: "waiting"
        case .quarantined: "quarantined"
        case .leftOut: "left_out"
        case .unaccounted: "unaccounted"
        }
    }

    /// The code of why; nil where the word says it all.
    package var reason: String? {
        switch self {
        case .accepted, .waiting: nil
        case .quarantined(let reason), .leftOut(let reason), .unaccounted(let reason): reason
        }
    }
}
