/// Work that a gate holds back.
package struct HeldWork: Sendable, Equatable {
    /// As stored: `token:belmonte`.
    package let gate: String
    package let queue: Queue
    /// Counted up to `HeldWork.countMax`; then there may be more.
    package let count: Int64
    /// Since when the oldest waits, in ms since 1970: its event's receipt, its message's making, its first touch; nil when that is gone.
    package let oldestAtMs: Int64?

    package static let countMax: Int64 = 100_000
}

extension Transaction {
    /// Every gate that holds work back, with what it holds, by gate and queue.
    package func heldWork() throws(StoreError) -> [HeldWork] {
        var found: [HeldWork] = []
        for queue in Queue.allCases {
            var last = ""
            while let gate = try nextGate(of: queue, after: last) {
                found.append(try heldWork(queue, gate))
                last = gate
            }
        }
        return found.sorted { ($0.gate, $0.queue.sortPlace) < ($1.gate, $1.queue.sortPlace) }
    }

    /// From one to the next in the index: gates are few, rows may be many.
    private func nextGate(of queue: Queue, after last: String) throws(StoreError) -> String? {
        try run("SELECT MIN(gate) AS gate FROM \(queue.table) WHERE state = 'held' AND gate > \(last)").first?.textOrNil("gate")
            ?? nil
    }

    private func heldWork(_ queue: Queue, _ gate: String) throws(StoreError) -> HeldWork {
        let row = try run(
            """
            SELECT COUNT(*) AS count, MIN(id) AS least FROM (SELECT id FROM \(queue.table)
                WHERE state = 'held' AND gate = \(gate) LIMIT \(HeldWork.countMax)) held
            """)[0]
        return HeldWork(
            gate: gate, queue: queue, count: try row.int64("count"),
            oldestAtMs: try row.int64OrNil("least").flatMap { id throws(StoreError) in try arrival(queue, id) })
    }

    /// When a row of a queue came in, in ms since 1970; nil when that is gone.
    func arrival(_ queue: Queue, _ id: Int64) throws(StoreError) -> Int64? {
        let query: Statement =
            switch queue {
            case .jobs: "SELECT received_at AS since FROM events WHERE id = \(id / 64)"
            case .outbox: "SELECT created_at AS since FROM outbox WHERE id = \(id)"
            case .touched: "SELECT first_touched_at AS since FROM touched_entities WHERE id = \(id)"
            }
        return try run(query).first?.int64OrNil("since") ?? nil
    }
}

extension Queue {
    fileprivate var sortPlace: Int {
        switch self {
        case .jobs: 0
        case .outbox: 1
        case .touched: 2
        }
    }
}
