import Core
import Storage

extension EraseReport {
    /// Rows that were emptied, by table.
    var json: JSON {
        [
            "leads": .integer(leads), "social_engagements": .integer(engagements), "conversion_events": .integer(conversions),
            "deliveries": .integer(deliveries), "outbox": .integer(messages), "jobs": .integer(jobs),
        ]
    }
}
