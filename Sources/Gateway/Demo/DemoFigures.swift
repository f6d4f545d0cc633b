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
    let leads: Int
    let leadsSent: Int
    let testLeads: Int
    let commentStates: Int
    let commentsHidden: Int
    let commentsAnswered: Int
    let conversions: Int
    let conversionsForwarded: Int
    let conversionsLeftOut: Int
    let salesRefused: Int
    let ownEvents: Int
    let ownRulesTrue: Int
    let replayed: Int

    init(seed: UInt64, journal: [DemoJournal.Entry], readings: DemoReadings) {
        let touchedIDs = Set(readings.touched.map { $0["entity_id"] })
        let posts = journal.filter { $0.request.method == "POST" }
        self.seed = seed
        let replayed = readings.replays.flatMap(\.answers)
        accepted = posts.count { $0.answer.status == 200 } + replayed.count { $0 == 200 }
        refused = posts.count { $0.answer.status != 200 } + replayed.count { $0 != 200 }
        self.replayed = replayed.count
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
        leads = readings.leads.count
        leadsSent = readings.takenLeads.count
        testLeads = readings.leads.count { $0.number("is_test") == 1 }
        commentStates = readings.states.count
        commentsHidden = readings.hidden.count
        commentsAnswered = readings.answered.count
        conversions = readings.conversions.count
        conversionsForwarded = readings.conversions.count { $0["state"] == "forwarded" }
        conversionsLeftOut = readings.conversions.count { $0["state"] == "left_out" }
        salesRefused = posts.count { $0.request.target.contains("/events") && $0.answer.status != 200 }
        ownEvents = readings.own.count
        ownRulesTrue = readings.ownTruths.values.count { $0 == "true" }
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
            "leads": .integer(leads), "leads_sent": .integer(leadsSent), "leads_test": .integer(testLeads),
            "comment_states": .integer(commentStates), "comments_hidden": .integer(commentsHidden),
            "comments_answered": .integer(commentsAnswered), "conversions": .integer(conversions),
            "conversions_forwarded": .integer(conversionsForwarded), "conversions_left_out": .integer(conversionsLeftOut),
            "conversions_refused": .integer(salesRefused), "own_events": .integer(ownEvents),
            "own_rules_true": .integer(ownRulesTrue),
            "replayed": .integer(replayed),
        ]
    }
}
