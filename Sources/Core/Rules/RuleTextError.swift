/// A small text of a rule file that can't be read: a whole sentence that says what was expected.
package struct RuleTextError: Error, Equatable {
    package let sentence: String

    package init(_ sentence: String) { self.sentence = sentence }
}
