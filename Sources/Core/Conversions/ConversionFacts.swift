/// What a conversion says beside its event, as far as it is no secret.
package struct ConversionFacts: Sendable, Equatable {
    /// Place in the request, from 0.
    package let position: Int
    /// As configured.
    package let source: String
    package let dataset: String
    /// As sent, or `sha256:…` where it does not look like a name.
    package let eventName: String
    /// As sent, or `sha256:…` where it does not look like an id; nil when there is none.
    package let eventID: String?
    /// By which an order is known: `order_id` of `custom_data`, else the sender's own `event_id`; `sha256:…` where it does not look like an id.
    package let orderKey: String?
    package let eventTimeSeconds: Int64
    package let actionSource: String
    /// Three capital letters.
    package let currency: String?
    /// By Meta's offset of the currency (100 for one that the table does not know); nil when there is no amount.
    package let valueMinor: Int64?
    /// Sent with a `test_event_code`.
    package let isTest: Bool
    /// Whether it goes to Meta.
    package let forward: Bool
    /// Why not.
    package let reason: String?
    package let consent: ConsentOutcome
    /// By what Meta knows it where that is not its id; nil: by its id.
    package var saleKey: String?
    /// Why it is in quarantine; nil where it is not.
    package var cause: QuarantineCause?
    /// What the report counts of it.
    package var figures: [ReportFigure] = []

    package init(
        position: Int, source: String, dataset: String, eventName: String, eventID: String?, orderKey: String?,
        eventTimeSeconds: Int64, actionSource: String, currency: String?, valueMinor: Int64?, isTest: Bool, forward: Bool,
        reason: String?, consent: ConsentOutcome
    ) {
        self.position = position
        self.source = source
        self.dataset = dataset
        self.eventName = eventName
        self.eventID = eventID
        self.orderKey = orderKey
        self.eventTimeSeconds = eventTimeSeconds
        self.actionSource = actionSource
        self.currency = currency
        self.valueMinor = valueMinor
        self.isTest = isTest
        self.forward = forward
        self.reason = reason
        self.consent = consent
    }

    /// It was not accepted as it is: the same again, corrected, is another event, and this one counts nowhere.
    package var isQuarantined: Bool { reason == ServerEvent.Reason.quarantined.rawValue }
}

/// A conversion as an event of the pipeline, with what only conversions have.
package struct ConversionEvent: Sendable, Equatable {
    package let event: Event
    package let facts: ConversionFacts

    package init(event: Event, facts: ConversionFacts) {
        self.event = event
        self.facts = facts
    }
}
