/// A request's events, checked, mended and with the consent applied, or the reason why none of them is taken.
package struct ConversionCheck: Sendable {
    /// In the order of the request; empty when it is refused.
    package let events: [ServerEvent]
    /// Everything that was found, up to a bound.
    package let findings: [ConversionFinding]
    /// The first finding that refuses the request.
    package let refusal: ConversionRefusal?

    package init(_ request: ConversionRequest, consent: ConsentPolicy, nowMs: Int64) {
        switch request.elements() {
        case .failure(let refusal):
            self.refusal = refusal
            events = []
            findings = [ConversionFinding(fault: refusal.fault, path: refusal.path)]
        case .success(let elements):
            let clock = CheckClock(nowMs: nowMs)
            var events: [ServerEvent] = []
            var findings: [ConversionFinding] = []
            var refused: ConversionFinding?
            for (index, element) in elements.enumerated() {
                var check = EventCheck(at: .event(index), consent: consent, clock: clock)
                if let event = check.event(from: element) { events.append(event) }
                refused = refused ?? check.findings.first { $0.severity == .reject }
                findings += check.findings.prefix(Limits.conversionFindingsMax - findings.count)
            }
            refusal = refused.map { ConversionRefusal($0.fault, path: $0.path) }
            self.findings = findings
            self.events = refused == nil ? events : []
        }
    }

    /// What a sender should know although its request was taken: for `messages` of the answer.
    package var messages: [String] {
        let worth = findings.filter { $0.severity != .reject }
        let sentences = worth.prefix(Limits.conversionMessagesMax).map(\.sentence)
        return worth.count > sentences.count ? sentences + ["And \(worth.count - sentences.count) more of this kind."] : sentences
    }
}

/// The time of a request's receipt, and what follows from it.
struct CheckClock {
    let nowMs: Int64
    let nowSeconds: Int64
    let year: Int

    init(nowMs: Int64) {
        self.nowMs = nowMs
        nowSeconds = nowMs / 1000
        // The mean Gregorian year: right but for hours around New Year, and a birth date is never that near.
        year = 1970 + Int(nowSeconds / 31_556_952)
    }
}
