/// A kind of action on one entity: what a cooldown is counted for.
package struct ActionSlot: Hashable, Sendable {
    package let kind: ActionKind
    /// The entity that would be written: the campaign where it owns the budget.
    package let target: EntityRef

    package init(_ kind: ActionKind, _ target: EntityRef) {
        self.kind = kind
        self.target = target
    }
}
