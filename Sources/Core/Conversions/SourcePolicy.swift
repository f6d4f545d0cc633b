/// How the events of a source are judged, beside what it says of consent.
package struct SourcePolicy: Sendable, Equatable {
    package var rules: SourceRules
    package var strictness: Strictness
    package var eventIDs: EventIDPolicy
    package var kind: SourceKind
    /// Of a shop's webhooks.
    package var orders: OrderPolicy
    /// Of a CRM.
    package var stages: StagePolicy

    /// Where a source says nothing: all or nothing by Meta's documentation, and an id for every event.
    package static let documented = SourcePolicy()

    package init(
        rules: SourceRules = .documented, strictness: Strictness = .allOrNothing, eventIDs: EventIDPolicy = EventIDPolicy(),
        kind: SourceKind = .sdk, orders: OrderPolicy = OrderPolicy(), stages: StagePolicy = StagePolicy()
    ) {
        self.rules = rules
        self.strictness = strictness
        self.eventIDs = eventIDs
        self.kind = kind
        self.orders = orders
        self.stages = stages
    }
}

/// What becomes of a request of which some events are refused.
package enum Strictness: String, Sendable, CaseIterable {
    /// None of its events is taken, as at Meta.
    case allOrNothing = "all_or_nothing"
    /// The good ones are taken, the others are kept apart to be mended.
    case partial
}
