import Core

/// What one gateway at a time does.
package enum Duty: String, CaseIterable, Sendable {
    /// Turning deliveries into events, in the order of storing.
    case decoding
    /// Gates, ended holds, retention: what goes by the clock.
    case schedules
}

/// The right to a duty. Its number rises with every new holder: the fence.
package struct Term: Sendable, Equatable {
    package let duty: Duty
    package let number: Int64
}

extension Transaction {
    /// Ours already: prolonged. Free or run out: taken, with a new number. Somebody else's: nil. On a store of one process: always.
    package func take(_ duty: Duty, nowMs: Int64, forMs: Int64) throws(StoreError) -> Term? {
        guard isShared else { return Term(duty: duty, number: 0) }
        let taken = try run(
            """
            INSERT INTO duties (duty, owner, number, until) VALUES (\(duty.rawValue), \(bootID), 1, \(nowMs + forMs))
            ON CONFLICT (duty) DO UPDATE SET owner = excluded.owner, until = excluded.until,
                number = CASE WHEN duties.owner = excluded.owner THEN duties.number ELSE duties.number + 1 END
            WHERE duties.owner = excluded.owner OR duties.until <= \(nowMs)
            RETURNING number
            """)
        return try taken.first.map { row throws(StoreError) in Term(duty: duty, number: try row.int64("number")) }
    }

    /// Throws `.fenced` when the term is no longer ours: the transaction rolls back.
    package func require(_ term: Term) throws(StoreError) {
        guard isShared else { return }
        let ours = try run(
            "SELECT number FROM duties WHERE duty = \(term.duty.rawValue) AND owner = \(bootID) AND number = \(term.number)")
        guard !ours.isEmpty else { throw .fenced }
    }

    /// At an orderly stop, so that another need not wait for its end. Nothing when it is no longer ours.
    package func giveUp(_ term: Term) throws(StoreError) {
        guard isShared else { return }
        try run(
            "UPDATE duties SET until = 0 WHERE duty = \(term.duty.rawValue) AND owner = \(bootID) AND number = \(term.number)")
    }
}
