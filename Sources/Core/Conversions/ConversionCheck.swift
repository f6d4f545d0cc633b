/// A request's events, checked, mended and with the consent applied, or the reason why none of them is taken.
package struct ConversionCheck: Sendable {
    /// Those that are taken, in the order of the request; empty when it is refused.
    package let events: [ServerEvent]
    /// Those that are not, in the order of the request: why it is refused, or what is kept apart of it (`Strictness.partial`).
    package let faulty: [FaultyEvent]
    /// Everything that was found, up to a bound.
    package let findings: [ConversionFinding]
    /// The first finding that refuses the request; nil when some or none of its events are refused alone.
    package let refusal: ConversionRefusal?

    package init(
        _ request: ConversionRequest, consent: ConsentPolicy, rules: SourceRules = .documented,
        strictness: Strictness = .allOrNothing, nowMs: Int64
    ) {
        switch request.elements() {
        case .failure(let refusal):
            self.refusal = refusal
            events = []
            faulty = []
            findings = [ConversionFinding(fault: refusal.fault, path: refusal.path)]
        case .success(let elements):
            let clock = CheckClock(nowMs: nowMs)
            var events: [ServerEvent] = []
            var faulty: [FaultyEvent] = []
            var findings: [ConversionFinding] = []
            for element in elements {
                let sent: JSON
                switch element.event {
                case .value(let value): sent = value
                case .tape(let tape, let place):
                    var reader = PlainEventReader(tape, consent: consent, clock: clock)
                    if let plain = reader.event(at: place) {
                        events.append(ServerEvent(plain))
                        continue
                    }
                    sent = tape.value(place).withoutNulls ?? .null
                }
                var check = EventCheck(at: .event(element.place), consent: consent, rules: rules, clock: clock)
                let event = check.event(from: sent)
                if check.refusal != nil {
                    faulty.append(FaultyEvent(position: element.place, findings: check.findingsKept, remains: event))
                } else if let event {
                    events.append(event)
                }
                findings += check.findings.prefix(Limits.conversionFindingsMax - findings.count)
            }
            let refused = strictness == .allOrNothing ? faulty.first?.reason : nil
            refusal = refused.map { ConversionRefusal($0.fault, path: $0.path) }
            self.findings = findings
            self.faulty = faulty
            self.events = refused == nil ? events : []
        }
    }

    /// What a sender should know although its request was taken, events that were not taken first: for `messages` of the answer.
    package var messages: [String] {
        let refused = faulty.compactMap(\.reason).map { "\($0.sentence) The event is kept apart." }
        let worth = refused + findings.filter { $0.severity != .reject }.map(\.sentence)
        let sentences = worth.prefix(Limits.conversionMessagesMax)
        return worth.count > sentences.count
            ? sentences + ["And \(worth.count - sentences.count) more of this kind."] : Array(sentences)
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
