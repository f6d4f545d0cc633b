import Core
import Storage

/// A gate that is closed, or an operator's hold, with the work behind it.
struct GateStanding: Sendable {
    let gate: String
    let reason: String?
    let closedAtMs: Int64?
    /// When it is next asked whether it has opened; nil: a person opens it, or time does.
    let probeAtMs: Int64?
    /// When a hold ends by itself.
    let untilMs: Int64?
    let held: [HeldWork]

    /// By name: gates that are closed, holds that hold, and whatever else holds work back.
    static func all(in transaction: Transaction, nowMs: Int64) throws -> [GateStanding] {
        let held = Dictionary(grouping: try transaction.heldWork(), by: \.gate)
        let closed = Dictionary(try transaction.gates().map { ($0.gate.text, $0) }) { first, _ in first }
        let holds = Dictionary(
            try transaction.holds(nowMs: nowMs).map { (Gate.operatorHold(scope: $0.scope).text, $0) }
        ) { first, _ in first }
        return Set(held.keys).union(closed.keys).union(holds.keys).sorted().map { name in
            let (gate, hold) = (closed[name], holds[name])
            return GateStanding(
                gate: name, reason: hold.map { "held by \($0.by)" } ?? gate?.reason,
                closedAtMs: hold?.sinceMs ?? gate?.closedAtMs,
                probeAtMs: hold == nil ? gate?.probeAtMs : nil, untilMs: hold?.untilMs, held: held[name] ?? [])
        }
    }

    var document: JSON {
        [
            "gate": .string(gate), "reason": .text(reason), "closed_at_ms": Self.time(closedAtMs),
            "probe_at_ms": Self.time(probeAtMs),
            "until_ms": Self.time(untilMs),
            "held": .array(
                held.map {
                    [
                        "queue": .string($0.queue.name), "count": .integer($0.count),
                        "at_least": .bool($0.count >= HeldWork.countMax),
                        "oldest_at_ms": Self.time($0.oldestAtMs),
                    ]
                }),
        ]
    }

    private static func time(_ ms: Int64?) -> JSON { ms.map { .integer($0) } ?? .null }
}

extension Queue {
    /// As the lists are named.
    var name: String {
        switch self {
        case .jobs: "jobs"
        case .outbox: "outbox"
        case .touched: "touched"
        }
    }
}

extension Schema {
    static let standings: [(name: String, schema: JSON)] = [
        (
            "Gate",
            object([
                ("gate", text), ("reason", orNull(text)), ("closed_at_ms", orNull(time)), ("probe_at_ms", orNull(time)),
                ("until_ms", orNull(time)),
                (
                    "held",
                    list(
                        object([
                            ("queue", choice(Queue.allCases.map(\.name))), ("count", count), ("at_least", truth),
                            ("oldest_at_ms", orNull(time)),
                        ]))
                ),
            ])
        ),
        (
            "Queue",
            object([
                ("queue", text), ("state", text), ("gate", orNull(text)), ("count", count), ("at_least", truth),
                ("oldest_ms", orNull(count)),
            ])
        ),
        (
            "Gateway",
            object([
                ("boot_id", text), ("host", text), ("pid", count), ("program", text), ("since_ms", time), ("seen_at_ms", time),
                ("is_this", truth), ("is_here", truth),
            ])
        ),
    ]
}
