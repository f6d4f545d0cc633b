/// What one sender may have under way at a time; nil: as much as all together may.
package struct BudgetLimits: Sendable, Equatable {
    /// Requests that are taken and not yet answered.
    package var requests: Int?
    /// Body bytes of its requests, from their arrival to the answer.
    package var bytes: Int?
    /// Requests taken per second, with as many saved up from a quiet second.
    package var perSecond: Int?

    package init(requests: Int? = nil, bytes: Int? = nil, perSecond: Int? = nil) {
        self.requests = requests
        self.bytes = bytes
        self.perSecond = perSecond
    }
}
