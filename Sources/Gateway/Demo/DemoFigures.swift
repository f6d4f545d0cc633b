import Core

/// The figures of a run, one JSON line.
struct DemoFigures: Sendable, Equatable {
    let seed: UInt64
    let accepted: Int
    let refused: Int
    let events: Int
    let duplicates: Int
    let unrouted: Int
    let undecodable: Int
    let touched: Int
    let insightReads: Int
    let untouchedRead: Int
    let facts: Int
    let emptyFacts: Int
    let evaluations: Int
    let matches: Int
    let actions: Int
    let writes: Int

    init(seed: UInt64, journal: [DemoJournal.Entry], readings: DemoReadings) {
        let touchedIDs = Set(readings.touched.map { $0["entity_id"] })
        let posts = journal.filter { $0.request.method == "POST" }
        self.seed = seed
        accepted = posts.count { $0.answer.status == 200 }
        refused = posts.count { $0.answer.status != 200 }
        events = readings.deliveries.number("events")
        duplicates = readings.deliveries.number("duplicates")
        unrouted = readings.deliveries.number("unrouted")
        undecodable = readings.deliveries.number("undecodable")
        touched = readings.touched.count
        insightReads = readings.reads.count
        untouchedRead = readings.idsAsked.subtracting(touchedIDs).count
        facts = readings.facts.count { $0.number("is_empty") == 0 }
        emptyFacts = readings.facts.count { $0.number("is_empty") == 1 }
        evaluations = readings.executions.count
        matches = readings.executions.count { $0["truth"] == "true" }
        actions = readings.actions.count
        writes = readings.writes.count
    }

    var json: JSON {
        [
            "seed": .integer(seed), "deliveries_accepted": .integer(accepted), "deliveries_refused": .integer(refused),
            "events": .integer(events),
            "duplicates": .integer(duplicates), "unrouted": .integer(unrouted), "undecodable": .integer(undecodable),
            "entities_touched": .integer(touched), "insight_reads": .integer(insightReads),
            "entities_read_untouched": .integer(untouchedRead),
            "facts": .integer(facts), "facts_empty": .integer(emptyFacts), "rules_evaluated": .integer(evaluations),
            "rules_true": .integer(matches), "actions": .integer(actions), "writes": .integer(writes),
        ]
    }
}
