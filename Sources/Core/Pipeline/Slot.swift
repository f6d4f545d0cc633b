/// What one handler of a chain can hand to the next. A chain in which a need is not given before is refused by `check`.
package enum Slot: String, Sendable, CaseIterable {
    /// The ads behind a post, media or conversion.
    case ads
    /// The lead as it was read.
    case lead
    /// The lead is among the effects, so that a message may refer to it.
    case storedLead = "stored_lead"
}
