/// What a store's rows make of the report.
package struct Report: Sendable, Equatable {
    /// A row of `conversion_events`, grouped.
    package struct OutcomeRow: Sendable, Equatable {
        package let workspace: String
        package let source: String
        package let dataset: String
        package let eventName: String
        package let outcome: ReportSection.Outcome
        /// Place in `ReportAge.ends`, or behind them; nil where Meta has not taken it.
        package let delay: Int?
        package let lastAcceptedMs: Int64?

        package init(
            workspace: String, source: String, dataset: String, eventName: String, outcome: ReportSection.Outcome, delay: Int?,
            lastAcceptedMs: Int64?
        ) {
            self.workspace = workspace
            self.source = source
            self.dataset = dataset
            self.eventName = eventName
            self.outcome = outcome
            self.delay = delay
            self.lastAcceptedMs = lastAcceptedMs
        }
    }

    /// By source, dataset and name.
    package let sections: [ReportSection]
    /// Purchases that were told twice.
    package let doubles: [ReportDouble]

    package init(tallies: [ReportTally.Row], outcomes: [OutcomeRow], doubles: [ReportDouble]) {
        self.doubles = doubles
        var figures: [ReportTally.Group: [String: Int64]] = [:]
        for row in tallies { figures[row.group.ofAllHours, default: [:]][row.figure, default: 0] += row.n }
        var sections: [ReportTally.Group: ReportSection] = [:]
        for (group, own) in figures { sections[group] = ReportSection(group, own) }
        for row in outcomes {
            let name = row.eventName.isFieldName ? row.eventName : "custom"
            let group = ReportTally.Group(
                workspace: row.workspace, source: row.source, dataset: row.dataset, eventName: name, hour: 0)
            sections[group]?.add(row)
        }
        self.sections = sections.values.sorted { $0.place < $1.place }
    }
}

extension ReportTally.Group {
    fileprivate var ofAllHours: ReportTally.Group {
        ReportTally.Group(workspace: workspace, source: source, dataset: dataset, eventName: eventName, hour: 0)
    }
}
