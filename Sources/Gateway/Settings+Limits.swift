package import Core

extension Settings {
    /// What the public port takes at once, in all and of each sender, and when it takes nothing new.
    package struct PublicLimits: Sendable, Equatable {
        /// Requests with a body that are taken and not yet answered, of everybody.
        package var inFlightRequests: Int
        /// Body bytes of them.
        package var inFlightBytes: Int
        package var perApp: BudgetLimits
        package var perSource: BudgetLimits
        /// Of one address, whatever it claims to be; `perSecond` is not used.
        package var perAddress: BudgetLimits
        package var marks: PressureMarks

        package init(
            inFlightRequests: Int = Limits.requestsInFlightMax, inFlightBytes: Int = Limits.bodyBytesInFlightMax,
            perApp: BudgetLimits = BudgetLimits(requests: Limits.appRequestsMax, bytes: Limits.appBytesMax),
            perSource: BudgetLimits = BudgetLimits(requests: Limits.sourceRequestsMax, bytes: Limits.sourceBytesMax),
            perAddress: BudgetLimits = BudgetLimits(), marks: PressureMarks = PressureMarks()
        ) {
            self.inFlightRequests = inFlightRequests
            self.inFlightBytes = inFlightBytes
            self.perApp = perApp
            self.perSource = perSource
            self.perAddress = perAddress
            self.marks = marks
        }
    }

    /// How a proxy in front of the public port tells whom it speaks for, beside `X-Forwarded-For`.
    package enum ProxyProtocol: String, Sendable, CaseIterable {
        case off
        /// A header of the PROXY protocol, version 2, begins every connection.
        case v2
    }
}
