/// A source whose token was right, and its proof where it needs one. Only `SourceCheck` makes one.
package struct VerifiedSource: Sendable, Equatable {
    /// As configured.
    package let name: String
    /// One of the source's.
    package let dataset: String

    init(name: String, dataset: String) {
        self.name = name
        self.dataset = dataset
    }
}
