/// A data set (or pixel) that takes events.
struct Dataset: Sendable {
    let id: String
    /// Texts or names of the tokens that may send to it; nil: every one.
    let tokens: Set<String>?
    /// Whether an event about a lead that isn't there is refused.
    let knownLeadsOnly: Bool
    /// What it refuses beside what Meta does.
    var rules: [EventRule] = []

    func lets(_ token: KnownToken) -> Bool { tokens.map { $0.contains(token.token) || $0.contains(token.name) } ?? true }
}
