import Core

/// The parts of what a run showed, for people: the line, then the three uses of it.
struct DemoTable: Sendable {
    let story: DemoStory
    let figures: DemoFigures
    let readings: DemoReadings
    let journal: [DemoJournal.Entry]

    var text: String {
        [deliveries, entities, facts, rules, leads, comments, conversions, replays].map { $0.joined(separator: "\n") }.joined(
            separator: "\n\n") + "\n"
    }

    // MARK: (a)

    private var deliveries: [String] {
        var lines = ["(a) Deliveries: verified, durable, listed"]
        let sent = Dictionary(grouping: journal) { "\($0.request.kind.rawValue) \($0.answer.status)" }
        for (what, entries) in sent.sorted(by: { $0.key < $1.key }) {
            let two = entries.count { $0.answer.version == "2" }
            lines.append(row([what, "\(entries.count)", "\(two) over HTTP/2, \(entries.count - two) over HTTP/1.1"], [24, 7]))
        }
        lines.append(
            row(
                ["stored", readings.deliveries["stored"], "\(figures.events) events, \(figures.duplicates) duplicates"], [24, 7]))
        for (kind, kinds) in Dictionary(grouping: readings.kinds, by: { $0["kind"] }).sorted(by: { $0.key < $1.key }) {
            let ways = kinds.map { "\($0["events"]) \($0["way"])" }.joined(separator: ", ")
            lines.append(row(["  " + kind, "\(kinds.reduce(0) { $0 + $1.number("events") })", ways], [46, 7]))
        }
        return lines
    }

    // MARK: (b)

    private var entities: [String] {
        var lines = ["(b) Entities touched, and nothing else read: \(figures.untouchedRead) untouched entities were asked for"]
        for workspace in story.workspaces {
            let touched = readings.touched.filter { $0["workspace_id"] == workspace.name }
            let levels = EntityLevel.allCases.compactMap { level in
                let count = touched.count { $0["level"] == level.rawValue }
                return count == 0 ? nil : "\(count) \(level.rawValue)s of \(workspace.entities.count { $0.ref.level == level })"
            }
            lines.append(row(["  " + workspace.name, workspace.money.code, levels.joined(separator: ", ")], [20, 5]))
        }
        return lines
    }

    // MARK: (c)

    private var facts: [String] {
        var lines = ["(c) Facts of exactly those"]
        for read in readings.reads {
            let facts = readings.facts.filter { $0["read_id"] == read["id"] }
            let empty = facts.count { $0.number("is_empty") == 1 }
            lines.append(
                row(
                    [
                        "  " + read["workspace_id"], read["level"] + "s", "\(read["rows"]) rows",
                        "\(facts.count - empty) new facts, \(empty) fetched and empty",
                    ],
                    [20, 11, 10]))
        }
        return lines + funnel
    }

    /// The funnel's known figures as they are stored, none of them shared out.
    private var funnel: [String] {
        guard let workspace = story.workspaces.first(where: { $0.name == "funnel" }) else { return [] }
        let shown = workspace.campaigns.prefix(8) + workspace.campaigns.filter { workspace.rows(of: $0).isEmpty }
        let values = shown.map { campaign in
            let facts = readings.facts.filter {
                $0["entity_id"] == campaign.ref.id && $0["workspace_id"] == "funnel" && $0.number("is_empty") == 0
            }
            let counts = facts.compactMap {
                try? JSON.parse($0["actions"].utf8)[DemoStory.step]?.members.first { $0.key == "count" }?.value
            }
            let sum = counts.compactMap { $0.integer ?? $0.text.flatMap(Int64.init) }.reduce(0, +)
            return facts.isEmpty ? "unknown" : "\(sum)"
        }
        return ["  \(DemoStory.step) of eight campaigns and the 26th: " + values.joined(separator: " ")]
    }

    // MARK: (d)

    private var rules: [String] {
        var lines = ["(d) Rules, and what they did"]
        let byRule = Dictionary(grouping: readings.executions) { "\($0["workspace_id"])  \($0["rule"])" }
        for (rule, executions) in byRule.sorted(by: { $0.key < $1.key }) {
            let truths = tally(executions.map { $0["truth"] })
            let idle = tally(executions.flatMap(Self.idleReasons))
            lines.append(
                row(["  " + rule, "\(executions.count) checked", truths, idle.isEmpty ? "" : "not done: " + idle], [38, 10, 28]))
        }
        return lines
            + readings.actions.map { action in
                let name = readings.names["\(action["level"])/\(action["entity_id"])"] ?? action["entity_id"]
                let change = "\(action["field"]) \(action["old_value"]) → \(action["new_value"])"
                let why = action["rule"] + (action["reason"].isEmpty ? "" : ": " + action["reason"])
                return row(["  " + action["workspace_id"], name, change, action["state"], why], [14, 20, 32, 6])
            }
    }

    /// Why decisions of an execution came to nothing, by their codes.
    private static func idleReasons(of execution: DemoReadings.Line) -> [String] {
        guard let decisions = try? JSON.parse(execution["decisions"].utf8) else { return [] }
        return decisions.items.filter { $0["outcome"]?.text == "nothing" }.map { decision in
            String((decision["reason"]?.text ?? "").prefix { $0 != ":" })
        }
    }

    /// `2 false, 4 true`.
    func tally(_ words: [String]) -> String {
        let groups = Dictionary(grouping: words) { $0 }.sorted { $0.key < $1.key }
        return groups.map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
    }

    /// Cells side by side, each but the last padded to its width.
    func row(_ cells: [String], _ widths: [Int]) -> String {
        let last = cells.lastIndex { !$0.isEmpty } ?? 0
        return cells[...last].enumerated().map { index, cell in
            index == last || !widths.indices.contains(index)
                ? cell : cell + String(repeating: " ", count: max(1, widths[index] - cell.count))
        }.joined(separator: " ")
    }
}
