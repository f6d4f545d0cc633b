extension Limits {
    /// Events of one request, at the entrance and at Meta's.
    package static let conversionsPerRequestMax = 1_000
    /// How old an event may be.
    package static let conversionAgeMaxSeconds: Int64 = 7 * 86_400
    /// The same for sales in a shop (`physical_store`), which are uploaded later.
    package static let storeConversionAgeMaxSeconds: Int64 = 62 * 86_400
    /// How far ahead of ours the clock of a shop may go; its times are set back to now.
    package static let conversionSkewMaxSeconds: Int64 = 300
    /// Findings that one request gets; what comes after them changes neither the answer nor what is stored.
    static let conversionFindingsMax = 1_000
    /// Sentences in the `messages` of an answer.
    static let conversionMessagesMax = 20
    /// Deepest nesting of one event: the body in which it is kept puts an object and a list around it.
    static let conversionDepthMax = jsonDepthMax - 2
}
