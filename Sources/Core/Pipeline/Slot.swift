/// What one handler of a chain can hand to the next. A chain in which a need is not given before is refused by `check`.
package enum Slot: String, Sendable, CaseIterable {
    /// The ads behind a post, media or conversion.
    case ads
}
