/// Figures of many events, by whom, to which dataset, of which name and in which hour.
package struct ReportTally: Sendable, Equatable {
    package struct Group: Sendable, Hashable {
        package let workspace: String
        package let source: String
        package let dataset: String
        /// `custom` where the name looks like none.
        package let eventName: String
        /// Of the receipt, in hours since 1970.
        package let hour: Int64

        package init(workspace: String, source: String, dataset: String, eventName: String, hour: Int64) {
            self.workspace = workspace
            self.source = source
            self.dataset = dataset
            self.eventName = eventName
            self.hour = hour
        }
    }

    package struct Row: Sendable, Equatable {
        package let group: Group
        package let figure: String
        package let n: Int64

        package init(group: Group, figure: String, n: Int64) {
            self.group = group
            self.figure = figure
            self.n = n
        }
    }

    /// Where a figure of one hour stands still; sums of years of hours are far from overflowing then.
    package static let nMax: Int64 = 1_000_000_000_000_000

    private var groups: [Group: [String: Int64]] = [:]

    package init() {}

    /// What it adds to each figure; in the same order for the same events.
    package var rows: [Row] {
        var rows: [Row] = []
        for (group, figures) in groups {
            for (figure, n) in figures where n != 0 { rows.append(Row(group: group, figure: figure, n: n)) }
        }
        return rows.sorted { $0.sortKey < $1.sortKey }
    }

    /// An event that is new.
    package mutating func add(_ conversion: ConversionEvent, workspace: String, receivedAtMs: Int64) {
        add(conversion.facts.figures, 1, group(conversion, workspace, receivedAtMs))
    }

    /// It was added, and is not new.
    package mutating func turnDuplicate(_ conversion: ConversionEvent, workspace: String, receivedAtMs: Int64) {
        let group = group(conversion, workspace, receivedAtMs)
        add(conversion.facts.figures, -1, group)
        add([ReportFigure(ReportFigure.duplicates)], 1, group)
    }

    private func group(_ conversion: ConversionEvent, _ workspace: String, _ receivedAtMs: Int64) -> Group {
        Group(
            workspace: workspace, source: conversion.facts.source, dataset: conversion.facts.dataset,
            eventName: conversion.event.field, hour: receivedAtMs / 3_600_000)
    }

    private mutating func add(_ figures: [ReportFigure], _ sign: Int64, _ group: Group) {
        for figure in figures {
            let n = groups[group, default: [:]][figure.name, default: 0]
            groups[group, default: [:]][figure.name] = n.addingClamped(figure.n, sign)
        }
    }
}

extension ReportTally.Row {
    fileprivate var sortKey: (Int64, String, String, String, String) {
        (group.hour, group.source, group.dataset, group.eventName, figure)
    }
}

extension Int64 {
    /// Amounts are anybody's: what is too large stays at the end of the range.
    fileprivate func addingClamped(_ other: Int64, _ sign: Int64) -> Int64 {
        let limit = ReportTally.nMax
        let bounded = Swift.max(-limit, Swift.min(limit, other)) * sign
        return Swift.max(-limit, Swift.min(limit, self + bounded))
    }
}
