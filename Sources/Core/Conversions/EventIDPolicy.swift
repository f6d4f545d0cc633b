/// Which of the events that come without an `event_id` get one.
///
/// Only an event with an id can be sent to Meta again when an answer was lost. For events of a website it is a choice of its own:
/// the event that the browser sends has no such id, so that Meta can match the two by `fbp` and `external_id` alone.
package struct EventIDPolicy: Sendable, Equatable {
    /// What becomes of a missing id.
    package enum Choice: String, Sendable, CaseIterable {
        /// One is made of the event itself: the same for the same event, whenever it comes.
        case derive
        /// The event stays without.
        case leave = "none"
    }

    /// Of events that are no website's.
    package let missing: Choice
    package let website: Choice

    package init(missing: Choice = .derive, website: Choice = .derive) {
        self.missing = missing
        self.website = website
    }

    /// For an event with this `action_source`.
    package func choice(for actionSource: String?) -> Choice { actionSource == "website" ? website : missing }
}
