import Core

extension DemoStory {
    /// What was expected and not seen, or seen and not expected; empty when all is well.
    func faults(_ figures: DemoFigures, _ readings: DemoReadings, journal: [DemoJournal.Entry]) -> [String] {
        var faults: [String] = []
        func compare(_ what: String, _ seen: Int, _ expected: Int) {
            if seen != expected { faults.append("\(what): \(seen), expected \(expected)") }
        }
        for entry in journal where !entry.isExpected {
            faults.append("\(entry.request.name): answered \(entry.answer.status), expected \(entry.request.expectedStatus)")
        }
        let expected = expectation
        compare("deliveries accepted", figures.accepted, expected.accepted)
        compare("deliveries refused", figures.refused, expected.refused)
        compare("deliveries stored", readings.deliveries.number("stored"), expected.accepted)
        compare("events", figures.events, expected.changes - expected.duplicates)
        compare("duplicates", figures.duplicates, expected.duplicates)
        compare("unrouted", figures.unrouted, expected.unrouted)
        compare("undecodable", figures.undecodable, expected.undecodable)
        compare("entities read that were not touched", figures.untouchedRead, 0)
        compare("facts", figures.facts, expected.facts.count)
        compare("rules evaluated", figures.evaluations, expected.evaluations)
        compare("rules true", figures.matches, expected.matches)
        compare("actions", figures.actions, expected.writes.count + expected.wouldWrites)
        compare("writes", figures.writes, expected.writes.count)
        compare("leads", figures.leads, expected.leads)
        compare("conversions", figures.conversions, expected.conversions)
        compare("conversions forwarded", figures.conversionsForwarded, expected.conversions - expected.leftOut)
        compare("conversions left out", figures.conversionsLeftOut, expected.leftOut)
        compare("requests of conversions refused", figures.salesRefused, expected.refusedSales)
        compare("rows of our own figures", figures.ownEvents, expected.ownEvents)
        compare("requests replayed", figures.replayed, expected.replayed)
        faults += readings.replays.filter { $0.code != 0 }.map { "replay \($0.name): ended with \($0.code)" }
        faults += peopleFaults(readings)
        let touched = Set(readings.touched.map { "\($0["workspace_id"])/\($0["level"])/\($0["entity_id"])" })
        faults += expected.touched.subtracting(touched).sorted().map { "not touched: \($0)" }
        faults += touched.subtracting(expected.touched).sorted().map { "touched and should not be: \($0)" }
        return faults + actionFaults(readings)
    }

    /// Each lead once at the destination, each comment with its states in order, each moderated as the policy says.
    private func peopleFaults(_ readings: DemoReadings) -> [String] {
        let expected = expectation
        var faults: [String] = []
        func same(_ what: String, _ seen: [String], _ wanted: Set<String>) {
            let seen = seen.sorted()
            if seen != wanted.sorted() { faults.append("\(what): \(seen), expected \(wanted.sorted())") }
        }
        same("leads at the destination", readings.takenLeads, expected.sentLeads)
        same("comments hidden", readings.hidden, expected.hidden)
        same("comments answered", readings.answered, expected.answered)
        same(
            "rules on our own figures that are true", readings.ownTruths.filter { $0.value == "true" }.map(\.key),
            expected.ownTruths)
        var states = Dictionary(grouping: readings.states, by: \.target).mapValues { $0.map(\.verb) }
        for (target, verbs) in expected.states.sorted(by: { $0.key < $1.key }) {
            let seen = states.removeValue(forKey: target) ?? []
            if seen != verbs { faults.append("states of comment \(target): \(seen), expected \(verbs)") }
        }
        let echoes = states.filter { $0.value == ["add"] }
        if states.count != 1 || echoes.count != 1 {
            faults.append("states beside those of the story: \(states), expected one echo")
        }
        return faults
    }

    /// Every expected value was written once, stands as done in the history, and nothing else was written.
    private func actionFaults(_ readings: DemoReadings) -> [String] {
        var open = expectation.writes
        var faults: [String] = []
        for action in readings.actions where action["state"] != "would" {
            let ref = EntityRef(EntityLevel(rawValue: action["level"]) ?? .account, action["entity_id"])
            let write = DemoExpectation.Write(
                workspace: action["workspace_id"], ref: ref, field: action["field"], value: action["new_value"])
            if open.remove(write) == nil || action["state"] != "done" {
                faults.append(
                    "\(action["rule"]): \(write.field) = \(write.value) on \(ref.id) is \(action["state"]) \(action["reason"])"
                )
            }
        }
        faults += open.map { "missing: \($0.field) = \($0.value) on \($0.ref.id) of \($0.workspace)" }.sorted()
        let written = readings.writes.map {
            "\($0["id"]?.id ?? "") \($0["field"]?.text ?? "") \($0["new"]?.text ?? $0["new"]?.encoded() ?? "")"
        }
        let wanted = expectation.writes.map { "\($0.ref.id) \($0.field) \($0.value)" }
        if written.sorted() != wanted.sorted() {
            faults.append("the emulator took other values than expected: \(written.sorted())")
        }
        return faults
    }
}
