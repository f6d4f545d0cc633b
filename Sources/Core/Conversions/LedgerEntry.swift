/// One event of an order, as its row tells.
package struct LedgerEntry: Sendable, Equatable {
    /// As `ConversionDecoder.orderKey` makes it.
    package let orderKey: String
    package let state: ConversionState
    /// `code: sentence`, or the code alone.
    package let reason: String?
    package let isTest: Bool
    /// The row says when Meta took it.
    package let hasForwardedTime: Bool
    /// A job or a message that waits for its turn will take it further.
    package let isUnderWay: Bool

    package init(
        orderKey: String, state: ConversionState, reason: String?, isTest: Bool, hasForwardedTime: Bool, isUnderWay: Bool
    ) {
        self.orderKey = orderKey
        self.state = state
        self.reason = reason
        self.isTest = isTest
        self.hasForwardedTime = hasForwardedTime
        self.isUnderWay = isUnderWay
    }

    package var standing: LedgerStanding {
        switch state {
        case .forwarded:
            guard hasForwardedTime else { return .unaccounted(reason: "no_answer_of_meta") }
            return isTest ? .leftOut(reason: "test_event") : .accepted
        case .waiting: return isUnderWay ? .waiting : .unaccounted(reason: "nothing_will_send_it")
        case .refused, .quarantined: return hasForwardedTime ? contradiction : .quarantined(reason: code)
        case .leftOut:
            guard !hasForwardedTime else { return contradiction }
            return reason == ServerEvent.Reason.quarantined.rawValue ? .quarantined(reason: code) : .leftOut(reason: code)
        case .replaced: return .leftOut(reason: "replaced")
        }
    }

    private var contradiction: LedgerStanding { .unaccounted(reason: "answered_and_not_forwarded") }

    private var code: String {
        guard let reason else { return "unknown" }
        return String(reason.prefix { $0 != ":" })
    }
}
