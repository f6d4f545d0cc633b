/// A gateway that serves the database, as it last said of itself.
package struct Presence: Sendable, Equatable {
    package let bootID: String
    package let host: String
    package let pid: Int64
    package let program: String
    package let sinceMs: Int64
    package let seenAtMs: Int64
    /// The last change of the holds that it has carried out.
    package let holdsSeen: Int64

    package init(
        bootID: String, host: String, pid: Int64, program: String, sinceMs: Int64, seenAtMs: Int64, holdsSeen: Int64
    ) {
        self.bootID = bootID
        self.host = host
        self.pid = pid
        self.program = program
        self.sinceMs = sinceMs
        self.seenAtMs = seenAtMs
        self.holdsSeen = holdsSeen
    }
}

extension Transaction {
    /// This process is there. Gateways that were silent for a day are forgotten.
    package func report(presence nowMs: Int64, program: String, host: String, pid: Int64) throws(StoreError) {
        try run(
            """
            INSERT INTO gateways (boot_id, host, pid, program, since, seen_at, holds_seen, holds_seen_at)
            VALUES (\(bootID), \(host), \(pid), \(program), \(nowMs), \(nowMs), -1, 0)
            ON CONFLICT (boot_id) DO UPDATE SET seen_at = excluded.seen_at
            """)
        try run("DELETE FROM gateways WHERE seen_at < \(nowMs - 86_400_000)")
    }

    /// At an orderly stop.
    package func leave() throws(StoreError) {
        try run("DELETE FROM gateways WHERE boot_id = \(bootID)")
    }

    /// Those that said something within `withinMs`, the oldest first.
    package func gateways(nowMs: Int64, withinMs: Int64) throws(StoreError) -> [Presence] {
        try run("SELECT * FROM gateways WHERE seen_at > \(nowMs - withinMs) ORDER BY since, boot_id").decoded {
            row throws(StoreError) in
            Presence(
                bootID: try row.text("boot_id"), host: try row.text("host"), pid: try row.int64("pid"),
                program: try row.text("program"), sinceMs: try row.int64("since"), seenAtMs: try row.int64("seen_at"),
                holdsSeen: try row.int64("holds_seen"))
        }
    }

    /// Rises with every hold that is set or released.
    package func holdsNumber() throws(StoreError) -> Int64 {
        try run("SELECT number FROM holds_changes WHERE id = 1").first?.int64("number") ?? 0
    }

    /// This gateway's door stands as the holds of that number say, and nothing is under way that they forbid.
    package func sawHolds(number: Int64, nowMs: Int64) throws(StoreError) {
        try run("UPDATE gateways SET holds_seen = \(number), holds_seen_at = \(nowMs) WHERE boot_id = \(bootID)")
    }

    /// Whether every gateway that is there has seen that number.
    package func haveSeenHolds(number: Int64, nowMs: Int64, withinMs: Int64) throws(StoreError) -> Bool {
        try run(
            "SELECT boot_id FROM gateways WHERE seen_at > \(nowMs - withinMs) AND holds_seen < \(number) LIMIT 1"
        ).isEmpty
    }

    /// To be called by whatever changes the holds.
    func noteHoldsChange() throws(StoreError) {
        try run("UPDATE holds_changes SET number = number + 1 WHERE id = 1")
        ring(.holds)
    }
}
