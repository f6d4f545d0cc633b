/// An event that is not taken: what is wrong with it, and what of it may be kept for somebody to mend.
package struct FaultyEvent: Sendable, Equatable {
    /// Place in the request, from 0.
    package let position: Int
    /// The first few, at least one of which refuses it, with paths of the request. The first that refuses is among them.
    package let findings: [ConversionFinding]
    /// The event without every member at fault, with the consent applied, and never to be sent on (`held` is `quarantined`); nil
    /// when nothing of it could be read.
    ///
    /// Like every `ServerEvent` it is hashed before anything of it is stored.
    package let remains: ServerEvent?

    /// The first finding that refuses it.
    package var reason: ConversionFinding? { findings.first { $0.severity == .reject } }
}
