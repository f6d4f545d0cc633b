/// The figures of the events of one name that one source sends to one dataset, in a range of hours.
package struct ReportSection: Sendable, Equatable {
    /// What became of the events so far, of those that were received in the period.
    package struct Outcome: Sendable, Equatable {
        package let state: ConversionState
        /// The code of why; empty where there is none.
        package let reason: String
        package let events: Int64

        package init(state: ConversionState, reason: String, events: Int64) {
            self.state = state
            self.reason = reason
            self.events = events
        }
    }

    package let workspace: String
    package let source: String
    package let dataset: String
    package let eventName: String
    private let figures: [String: Int64]
    package private(set) var outcomes: [Outcome] = []
    /// From receipt to Meta's answer, as `ReportAge` counts.
    package private(set) var delays = [Int64](repeating: 0, count: ReportAge.ends.count + 1)
    /// When Meta last took one.
    package private(set) var lastAcceptedMs: Int64?

    init(_ group: ReportTally.Group, _ figures: [String: Int64]) {
        workspace = group.workspace
        source = group.source
        dataset = group.dataset
        eventName = group.eventName
        self.figures = figures
    }

    /// A figure by its name in `ReportFigure`.
    package func figure(_ name: String) -> Int64 { figures[name] ?? 0 }

    /// Events that were new; shares are of these.
    package var received: Int64 { figure(ReportFigure.received) }

    /// All that begin with a prefix of `ReportFigure`, without it: the largest first.
    package func figures(_ prefix: String) -> [(name: String, n: Int64)] {
        figures.filter { $0.key.hasPrefix(prefix) && $0.value != 0 }
            .map { (String($0.key.dropFirst(prefix.count)), $0.value) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    /// In steps of `ReportAge`, from the event to its receipt.
    package var ages: [Int64] {
        (ReportAge.ends.map(String.init) + [ReportAge.over]).map { figure(ReportFigure.age + $0) }
    }

    /// The standard name that this one was surely meant to be.
    package var meantName: String? { StandardEvents.meant(by: eventName) }

    /// By which sections are sorted.
    var place: (String, String, String, String) { (workspace, source, dataset, eventName) }

    mutating func add(_ row: Report.OutcomeRow) {
        if let place = outcomes.firstIndex(where: { $0.state == row.outcome.state && $0.reason == row.outcome.reason }) {
            let sum = outcomes[place].events + row.outcome.events
            outcomes[place] = Outcome(state: row.outcome.state, reason: row.outcome.reason, events: sum)
        } else {
            outcomes.append(row.outcome)
        }
        if let delay = row.delay, delays.indices.contains(delay) { delays[delay] += row.outcome.events }
        lastAcceptedMs = [lastAcceptedMs, row.lastAcceptedMs].compactMap(\.self).max()
    }
}
