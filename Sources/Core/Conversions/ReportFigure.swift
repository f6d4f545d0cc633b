/// One figure of the report and how much of it an event adds. Names are stable: they are stored.
package struct ReportFigure: Sendable, Equatable {
    package let name: String
    /// 1, but for amounts of money.
    package let n: Int64

    package init(_ name: String, _ n: Int64 = 1) {
        self.name = name
        self.n = n
    }

    /// Events that were new. Shares are of these.
    package static let received = "received"
    /// Told again under the same name and id, and dropped.
    package static let duplicates = "duplicates"
    /// Sent with a `test_event_code`; in no other figure.
    package static let tests = "tests"
    /// With an `event_id` of their sender's.
    package static let withID = "event_id"
    /// With an `event_id` that we made.
    package static let madeID = "made_id"
    /// `consent.granted`, as `ConsentOutcome` names them.
    package static let consent = "consent."
    /// `held.no_consent`: why it is not sent on.
    package static let held = "held."
    /// `key.em`: the key is there, after validation.
    package static let key = "key."
    /// `finding.junk_dropped user_data.em`.
    package static let finding = "finding."
    /// `age.300`: at most so many seconds between the event and its receipt, and more than of the figure before; `age.over` beyond the last.
    package static let age = "age."
    /// `appendix.node`: the library that made a key, as Meta's parameter builders write it down.
    package static let appendix = "appendix."
    /// `value.EUR`: what the events are worth, in minor units.
    package static let value = "value."

    /// In minor units; whoever writes more has written no price, and it would hide all others.
    private static let valueMax: UInt64 = 1_000_000_000_000

    /// What one event adds. Names of keys and codes, never values.
    static func all(of event: JSON, _ facts: ConversionFacts, receivedAtMs: Int64) -> [ReportFigure] {
        guard !facts.isTest else { return [ReportFigure(tests)] }
        var figures = [ReportFigure(received), ReportFigure(consent + facts.consent.rawValue)]
        let own = event[ConversionDecoder.ownMember]
        if own?["made_id"]?.truth ?? false {
            figures.append(ReportFigure(madeID))
        } else if facts.eventID != nil {
            figures.append(ReportFigure(withID))
        }
        if !facts.forward { figures.append(ReportFigure(held + (facts.reason ?? "unknown"))) }
        if let valueMinor = facts.valueMinor, valueMinor.magnitude < valueMax, let currency = facts.currency, !facts.isQuarantined
        {
            figures.append(ReportFigure(value + currency, valueMinor))
        }
        figures.append(ReportFigure(age + ReportAge.bucket(ofMs: receivedAtMs - facts.eventTimeSeconds.clampedTimes1000)))
        figures += ofPerson(event["user_data"])
        figures += findings(own?["findings"])
        return figures
    }

    private static func ofPerson(_ userData: JSON?) -> [ReportFigure] {
        guard case .object(let object)? = userData else { return [] }
        var figures: [ReportFigure] = []
        var library: String?
        for member in object.members {
            figures.append(ReportFigure(key + member.key))
            library = library ?? ReportAppendix.library(ofKey: member.key, member.value)
        }
        if let library { figures.append(ReportFigure(appendix + library)) }
        return figures
    }

    /// Each code and field once per event.
    private static func findings(_ list: JSON?) -> [ReportFigure] {
        var names: [String] = []
        for pair in list?.items ?? [] {
            guard let fault = pair[0]?.text.flatMap(ConversionFault.init), let path = pair[1]?.text else { continue }
            let name = "\(finding)\(fault.rawValue) \(field(of: path))"
            if !names.contains(name) { names.append(name) }
        }
        return names.map { ReportFigure($0) }
    }

    /// `$['user_data']['em'][0]` is `user_data.em`, `$['custom_data']['anything']` is `custom_data`: no more names than Meta has.
    private static func field(of path: String) -> String {
        let keys = path.split(separator: "'", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map(\.element)
        guard let first = keys.first else { return "event" }
        guard first == "user_data", keys.count > 1 else { return String(first) }
        return "user_data.\(keys[1])"
    }
}

extension Int64 {
    fileprivate var clampedTimes1000: Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: 1_000)
        return overflow ? (self < 0 ? .min / 2 : .max / 2) : Swift.max(.min / 2, Swift.min(.max / 2, product))
    }
}
