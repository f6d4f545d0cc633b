/// Something in a rule that can't be meant.
package struct RuleFault: Sendable, Equatable {
    /// Where: `when.all[0]`, `then[1]`.
    package let path: String
    package let sentence: String

    package init(path: String, sentence: String) {
        self.path = path
        self.sentence = sentence
    }
}
