import Core

extension DemoTable {
    // MARK: (e)

    var leads: [String] {
        let attempts = readings.crm.count
        var lines = [
            """
            (e) Leads: \(figures.leads) read and kept, \(figures.testLeads) of them a test; \
            \(figures.leadsSent) at the destination, each once, in \(attempts) attempts
            """
        ]
        for (workspace, leads) in Dictionary(grouping: readings.leads, by: { $0["workspace_id"] }).sorted(by: { $0.key < $1.key })
        {
            let ads = Dictionary(grouping: leads) { $0.number("is_test") == 1 ? "test" : name(ofAd: $0["ad_id"]) }
            let words = ads.sorted { $0.key < $1.key }.map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
            lines.append(row(["  " + workspace, "\(leads.count)", words], [20, 5]))
        }
        return lines + ownRules(of: ["leads"])
    }

    private func name(ofAd id: String) -> String { id.isEmpty ? "of no ad" : "of " + (readings.names["ad/\(id)"] ?? id) }

    // MARK: (f)

    var comments: [String] {
        let targets = Set(readings.states.map(\.target)).count
        var lines = [
            """
            (f) Comments: \(figures.commentStates) states of \(targets) comments; \(figures.commentsHidden) hidden and \
            \(figures.commentsAnswered) answered by the policy
            """
        ]
        let states = Dictionary(grouping: readings.states, by: \.target).mapValues { $0.map(\.verb).joined(separator: ", ") }
        for (history, targets) in Dictionary(grouping: states, by: \.value).sorted(by: { $0.key < $1.key }) {
            lines.append(row(["  " + history, "\(targets.count)"], [34, 5]))
        }
        let ads = Set(readings.states.flatMap(\.ads))
        lines.append("  on \(ads.count) ads; posts that back ads were found by paging the account's ads once")
        return lines + ownRules(of: ["comments"])
    }

    // MARK: (g)

    var conversions: [String] {
        var lines = [
            """
            (g) Conversions: \(figures.conversions) kept, \(figures.conversionsForwarded) forwarded, each once; \
            \(figures.salesRefused) requests refused, of which nothing is kept
            """
        ]
        let kinds = Dictionary(grouping: readings.conversions) { "\($0["event_name"]) \($0["state"])" }
        for (kind, events) in kinds.sorted(by: { $0.key < $1.key }) {
            let ways = tally(events.map { $0["attributed_by"] == "none" ? "of no ad" : "by \($0["attributed_by"])" })
            lines.append(row(["  " + kind, "\(events.count)", ways], [34, 5]))
        }
        return lines + ownRules(of: ["shop"])
    }

    // MARK: (h)

    var replays: [String] {
        ["(h) Replay of captured requests, by the command itself"]
            + readings.replays.map { replay in
                let answers = tally(replay.answers.map(String.init))
                return row(
                    ["  " + replay.name, "\(replay.answers.count)", "answered " + answers, "exit \(replay.code)"], [20, 5, 26])
            }
    }

    /// Rules on our own figures, as they came out last.
    private func ownRules(of workspaces: [String]) -> [String] {
        readings.ownTruths.filter { key, _ in workspaces.contains { key.hasPrefix($0 + "/") } }.sorted { $0.key < $1.key }.map {
            key, truth in
            let parts = key.split(separator: "/").map(String.init)
            let name = ["ad", "adset", "campaign"].lazy.compactMap { readings.names["\($0)/\(parts[2])"] }.first ?? parts[2]
            return row(["  rule " + parts[1], name, truth], [34, 20])
        }
    }
}
