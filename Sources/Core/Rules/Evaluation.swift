/// What a rule came to for one entity, and from what.
package struct Evaluation: Sendable, Equatable {
    package let truth: Truth
    /// Every comparison of the condition, then those of the guard; none is skipped because another has decided already.
    package let operands: [Operand]
    /// Ids of all facts that were looked at, sorted, each once.
    package let evidence: [Int64]
    /// Our own figures that were looked at, as the key text names them; sorted, each once.
    package let own: [String]
    /// Why the guard holds the rule back; nil when it does not.
    package let guardHeld: String?

    package init(truth: Truth, operands: [Operand], evidence: [Int64], own: [String] = [], guardHeld: String?) {
        self.truth = truth
        self.operands = operands
        self.evidence = evidence
        self.own = own
        self.guardHeld = guardHeld
    }

    /// The rule is to act: the condition is true and the guard does not hold it back.
    package var isMatch: Bool { truth == .true && guardHeld == nil }
}
