import Core
import Storage

extension QueueStanding {
    var document: JSON {
        [
            "queue": .string(queue), "state": .string(state.name), "gate": .text(state.gate), "count": .integer(count),
            "at_least": .bool(atLeast), "oldest_ms": oldestMs.map { .integer($0) } ?? .null,
        ]
    }

    /// The same for Prometheus. What is held is one series, whatever the gate: gates bear the names of accounts.
    static func families(_ standings: [QueueStanding]) -> [MetricFamily] {
        var depth = MetricFamily(
            name: "touchstone_queue_depth", kind: .gauge, help: "Rows of a queue by what they wait for, counted up to 100000.")
        var age = MetricFamily(
            name: "touchstone_queue_oldest_age_seconds", kind: .gauge, help: "How long the oldest of them has been there.")
        var held: [String: (count: Int64, oldestMs: Int64)] = [:]
        for standing in standings {
            guard standing.state.gate == nil else {
                let before = held[standing.queue] ?? (0, 0)
                held[standing.queue] = (before.count + standing.count, max(before.oldestMs, standing.oldestMs ?? 0))
                continue
            }
            let labels = [("queue", standing.queue), ("state", standing.state.name)]
            depth.add(labels, Double(standing.count))
            age.add(labels, Double(standing.oldestMs ?? 0) / 1_000)
        }
        for queue in ["jobs", "outbox", "touched"] {
            let labels = [("queue", queue), ("state", "held")]
            depth.add(labels, Double(held[queue]?.count ?? 0))
            age.add(labels, Double(held[queue]?.oldestMs ?? 0) / 1_000)
        }
        return [depth, age]
    }
}

extension Presence {
    /// `isThis`: the one that answers.
    func document(isThis: Bool, nowMs: Int64) -> JSON {
        [
            "boot_id": .string(bootID), "host": .string(host), "pid": .integer(pid), "program": .string(program),
            "since_ms": .integer(sinceMs), "seen_at_ms": .integer(seenAtMs), "is_this": .bool(isThis),
            "is_here": .bool(nowMs - seenAtMs <= Limits.presenceMs),
        ]
    }
}
