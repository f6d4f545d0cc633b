import Core
import Storage

extension Store {
    /// Everything of it, in steps of some hundred rows, so that deliveries get the writer in between.
    func erase(_ erasure: Erasure, nowMs: Int64) async throws -> EraseReport {
        var sum = EraseReport()
        while true {
            let report = try await write { transaction in
                switch erasure.subject {
                case .lead(let id): try transaction.eraseLead(id, workspace: erasure.workspace, nowMs: nowMs)
                case .people(let people):
                    try transaction.erase(people: people, workspace: erasure.workspace, nowMs: nowMs, limit: 200)
                }
            }
            sum = sum + report
            if report.isComplete { return sum }
        }
    }
}

extension EraseReport {
    /// From the admin port's answer.
    init(_ answer: JSON) {
        self.init()
        func count(_ key: String) -> Int { Int(answer[key]?.integer ?? 0) }
        leads = count("leads")
        engagements = count("social_engagements")
        conversions = count("conversion_events")
        deliveries = count("deliveries")
        messages = count("outbox")
        jobs = count("jobs")
    }
}
