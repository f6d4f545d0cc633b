package import Core

/// A person's word that nothing is to be written.
package struct Hold: Sendable, Equatable {
    /// A workspace, or `*` for all.
    package let scope: String
    package let sinceMs: Int64
    /// Nil: until it is released.
    package let untilMs: Int64?
    package let by: String
}

/// A gate that holds work back, and when to ask whether it has opened.
package struct ClosedGate: Sendable, Equatable {
    package let gate: Gate
    package let closedAtMs: Int64
    package let reason: String
    package let probeAtMs: Int64

    package init(gate: Gate, closedAtMs: Int64, reason: String, probeAtMs: Int64) {
        self.gate = gate
        self.closedAtMs = closedAtMs
        self.reason = reason
        self.probeAtMs = probeAtMs
    }
}

extension Transaction {
    /// A hold of the same scope is replaced; `since` stays.
    package func setHold(_ scope: String, untilMs: Int64?, by name: String, nowMs: Int64) throws(StoreError) {
        try run(
            """
            INSERT INTO holds (scope, since, until, by) VALUES (\(scope), \(nowMs), \(untilMs), \(name))
            ON CONFLICT (scope) DO UPDATE SET until = excluded.until, by = excluded.by
            """)
        try noteHoldsChange()
    }

    /// False: there was none.
    package func clearHold(_ scope: String) throws(StoreError) -> Bool {
        try noteHoldsChange()
        return try !run("DELETE FROM holds WHERE scope = \(scope) RETURNING scope").isEmpty
    }

    /// Those that still hold.
    package func holds(nowMs: Int64) throws(StoreError) -> [Hold] {
        try run("SELECT * FROM holds WHERE until IS NULL OR until > \(nowMs) ORDER BY scope").decoded { row throws(StoreError) in
            Hold(
                scope: try row.text("scope"), sinceMs: try row.int64("since"), untilMs: try row.int64OrNil("until"),
                by: try row.text("by"))
        }
    }

    package func isHeld(workspace: String, nowMs: Int64) throws(StoreError) -> Bool {
        try holds(nowMs: nowMs).contains { $0.scope == "*" || $0.scope == workspace }
    }

    /// Nothing changes for a gate that is closed already.
    package func closeGate(_ gate: Gate, reason: String, nowMs: Int64, probeAtMs: Int64) throws(StoreError) {
        try run(
            """
            INSERT INTO gates (gate, closed_at, reason, probe_at) VALUES (\(gate.text), \(nowMs), \(reason), \(probeAtMs))
            ON CONFLICT (gate) DO NOTHING
            """)
    }

    package func isClosed(_ gate: Gate) throws(StoreError) -> Bool {
        try !run("SELECT gate FROM gates WHERE gate = \(gate.text)").isEmpty
    }

    package func gates() throws(StoreError) -> [ClosedGate] { try gates(dueAtMs: .max) }

    /// Those to be asked about by now.
    package func gates(dueAtMs: Int64) throws(StoreError) -> [ClosedGate] {
        try run("SELECT * FROM gates WHERE probe_at <= \(dueAtMs) ORDER BY gate").decoded { row throws(StoreError) in
            guard let gate = Gate(text: try row.text("gate")) else {
                throw .column(name: "gate", problem: "names no gate that is known here")
            }
            return ClosedGate(
                gate: gate, closedAtMs: try row.int64("closed_at"), reason: try row.text("reason"),
                probeAtMs: try row.int64("probe_at"))
        }
    }

    package func postponeProbe(_ gate: Gate, probeAtMs: Int64) throws(StoreError) {
        try run("UPDATE gates SET probe_at = \(probeAtMs) WHERE gate = \(gate.text)")
    }
}
