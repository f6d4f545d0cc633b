import Core

/// A table of work that is claimed, with a lease, by workers.
package enum Queue: Sendable, CaseIterable {
    case jobs, outbox, touched

    /// A row that waits for an earlier one of its order key is due at the end of time: then a claim need not look at it. It becomes due
    /// when the earlier one is done or dead.
    static let parkedDueAtMs = Int64.max

    var table: Statement {
        switch self {
        case .jobs: "jobs"
        case .outbox: "outbox"
        case .touched: "touched_entities"
        }
    }

    var bell: Bell {
        switch self {
        case .jobs: .jobs
        case .outbox: .outbox
        case .touched: .touched
        }
    }

    /// Which rows one kind of claim takes: conversions are claimed apart from all else of the outbox. Literal, as the indexes are.
    func share(conversions: Bool) -> Statement {
        switch self {
        case .outbox: conversions ? " AND kind = 'conversion'" : " AND kind <> 'conversion'"
        case .jobs, .touched: ""
        }
    }

    /// The shares that make up the whole queue; each has an index over its open rows.
    var shares: [Statement] {
        switch self {
        case .outbox: [share(conversions: false), share(conversions: true)]
        case .jobs, .touched: [""]
        }
    }

    /// What a row remembers of its end, besides its state.
    func ending(nowMs: Int64) -> Statement {
        switch self {
        case .outbox: ", done_at = \(nowMs)"
        case .jobs, .touched: ""
        }
    }
}

/// A lease on one row.
package struct Claim: Sendable, Equatable {
    package let id: Int64
    /// The fence: the number of claims of the row. Only the latest can finish it.
    package let attempt: Int64
    /// What backoff and `Limits.attemptsMax` count: claims without those that were held or told to wait; 1 the first time.
    package let tries: Int64

    package init(id: Int64, attempt: Int64, tries: Int64) {
        self.id = id
        self.attempt = attempt
        self.tries = tries
    }
}

/// How much is in a queue.
package struct QueueDepth: Sendable, Equatable {
    package let open: Int64
    package let held: Int64
    package let dead: Int64

    package init(open: Int64, held: Int64, dead: Int64) {
        self.open = open
        self.held = held
        self.dead = dead
    }
}
