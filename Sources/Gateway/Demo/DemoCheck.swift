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
        let touched = Set(readings.touched.map { "\($0["workspace_id"])/\($0["level"])/\($0["entity_id"])" })
        faults += expected.touched.subtracting(touched).sorted().map { "not touched: \($0)" }
        faults += touched.subtracting(expected.touched).sorted().map { "touched and should not be: \($0)" }
        return faults + actionFaults(readings)
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
