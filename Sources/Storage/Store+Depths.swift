/// How much of a queue waits for one thing.
package struct QueueStanding: Sendable, Equatable {
    /// `deliveries`, `jobs`, `outbox` (all but conversions), `conversions`, `touched`.
    package let queue: String
    package let state: State
    /// Counted up to `QueueStanding.countMax`; then there may be more.
    package let count: Int64
    /// How long the oldest has been there, in ms: due work since it is due, all else since it came in. Nil: there is none, or that is gone.
    package let oldestMs: Int64?

    package static let countMax: Int64 = 100_000
    package var atLeast: Bool { count >= Self.countMax }

    /// What it waits for.
    package enum State: Sendable, Equatable {
        /// For a worker.
        case due
        /// A worker has it.
        case leased
        /// To be tried again, or told to come later.
        case waiting
        /// For an earlier one of its order key.
        case parked
        /// For a gate, as stored.
        case held(gate: String)
        /// For a person.
        case dead

        package var name: String {
            switch self {
            case .due: "due"
            case .leased: "leased"
            case .waiting: "waiting"
            case .parked: "parked"
            case .held: "held"
            case .dead: "dead"
            }
        }

        package var gate: String? {
            switch self {
            case .held(let gate): gate
            case .due, .leased, .waiting, .parked, .dead: nil
            }
        }
    }
}

extension Transaction {
    /// Every queue in every state, the empty ones too; held work by gate, where there is any. A bounded number of rows is looked at.
    package func depths(nowMs: Int64) throws(StoreError) -> [QueueStanding] {
        var found = [try undecodedStanding(nowMs)]
        let held = try heldWork()
        for share in Self.shares {
            found += try openStandings(share, nowMs)
            for work in held where work.queue == share.queue && !share.isConversions {
                found.append(standing(share, .held(gate: work.gate), work.count, nowMs, since: work.oldestAtMs))
            }
            found.append(try deadStanding(share, nowMs))
        }
        return found
    }

    /// A queue, or the part of it that is claimed apart.
    private struct Share {
        let name: String
        let queue: Queue
        /// Literal, as the indexes over open rows are.
        let condition: Statement
        var isConversions = false
    }

    private static let shares = [
        Share(name: "jobs", queue: .jobs, condition: ""),
        Share(name: "outbox", queue: .outbox, condition: Queue.outbox.share(conversions: false)),
        Share(name: "conversions", queue: .outbox, condition: Queue.outbox.share(conversions: true), isConversions: true),
        Share(name: "touched", queue: .touched, condition: ""),
    ]

    private func undecodedStanding(_ nowMs: Int64) throws(StoreError) -> QueueStanding {
        let row = try run(
            """
            SELECT COUNT(*) AS count, MIN(seq) AS least FROM (SELECT seq FROM deliveries WHERE decoded = 0
                LIMIT \(QueueStanding.countMax)) waiting
            """)[0]
        let oldest = try row.int64OrNil("least").flatMap { seq throws(StoreError) in
            try run("SELECT received_at FROM deliveries WHERE seq = \(seq)").first?.int64("received_at")
        }
        return QueueStanding(
            queue: "deliveries", state: .due, count: try row.int64("count"), oldestMs: oldest.map { max(0, nowMs - $0) })
    }

    private func openStandings(_ share: Share, _ nowMs: Int64) throws(StoreError) -> [QueueStanding] {
        let parked = Queue.parkedDueAtMs
        let due = try run(
            """
            SELECT COUNT(*) AS count, MIN(due_at) AS least FROM (SELECT due_at FROM \(share.queue.table)
                WHERE state = 'open'\(share.condition) AND due_at <= \(nowMs) ORDER BY due_at, id LIMIT \(QueueStanding.countMax)) due
            """)[0]
        let later = try run(
            """
            SELECT COUNT(owner) AS leased, COUNT(*) AS count, MIN(CASE WHEN owner IS NOT NULL THEN id END) AS leased_least,
                MIN(CASE WHEN owner IS NULL THEN id END) AS least
            FROM (SELECT id, owner FROM \(share.queue.table) WHERE state = 'open'\(share.condition) AND due_at > \(nowMs)
                AND due_at < \(parked) LIMIT \(QueueStanding.countMax)) later
            """)[0]
        let behind = try run(
            """
            SELECT COUNT(*) AS count, MIN(id) AS least FROM (SELECT id FROM \(share.queue.table)
                WHERE state = 'open'\(share.condition) AND due_at = \(parked) ORDER BY due_at, id LIMIT \(QueueStanding.countMax)) parked
            """)[0]
        let leased = try later.int64("leased")
        return [
            standing(share, .due, try due.int64("count"), nowMs, since: try due.int64OrNil("least")),
            standing(share, .leased, leased, nowMs, since: try since(share.queue, later.int64OrNil("leased_least"))),
            standing(
                share, .waiting, try later.int64("count") - leased, nowMs,
                since: try since(share.queue, later.int64OrNil("least"))),
            standing(share, .parked, try behind.int64("count"), nowMs, since: try since(share.queue, behind.int64OrNil("least"))),
        ]
    }

    private func deadStanding(_ share: Share, _ nowMs: Int64) throws(StoreError) -> QueueStanding {
        let row = try run(
            """
            SELECT COUNT(*) AS count, MIN(id) AS least FROM (SELECT id FROM \(share.queue.table)
                WHERE state = 'dead'\(share.condition) ORDER BY id LIMIT \(QueueStanding.countMax)) dead
            """)[0]
        return standing(share, .dead, try row.int64("count"), nowMs, since: try since(share.queue, row.int64OrNil("least")))
    }

    private func since(_ queue: Queue, _ id: Int64?) throws(StoreError) -> Int64? {
        try id.flatMap { id throws(StoreError) in try arrival(queue, id) }
    }

    private func standing(
        _ share: Share, _ state: QueueStanding.State, _ count: Int64, _ nowMs: Int64, since: Int64?
    ) -> QueueStanding {
        QueueStanding(queue: share.name, state: state, count: count, oldestMs: since.map { max(0, nowMs - $0) })
    }
}
