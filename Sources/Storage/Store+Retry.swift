import Core

/// What `events retry` has set going again.
package struct RetryReport: Sendable, Equatable {
    package var jobs = 0
    package var messages = 0

    package init(jobs: Int = 0, messages: Int = 0) {
        self.jobs = jobs
        self.messages = messages
    }
}

extension Transaction {
    /// Dead jobs and messages of these events go on, with a full set of tries.
    ///
    /// Not the messages of rules' actions: what a rule decided then need not be right now.
    package func retryEvents(_ ids: [Int64], nowMs: Int64) throws(StoreError) -> RetryReport {
        var report = RetryReport()
        for id in ids {
            let dead = try run("SELECT id FROM jobs WHERE id >= \(id * 64) AND id < \(id * 64 + 64) AND state = 'dead'")
            for row in dead where try reopen(.jobs, id: row.int64("id"), nowMs: nowMs) { report.jobs += 1 }
            let messages = try run(
                "SELECT id, kind FROM outbox WHERE event_id = \(id) AND state = 'dead' AND action_id IS NULL ORDER BY id")
            for row in messages {
                if try row.text("kind") == OutboxKind.conversion.rawValue, try !takeBack(conversion: id, nowMs: nowMs) {
                    continue
                }
                if try reopen(.outbox, id: row.int64("id"), nowMs: nowMs) { report.messages += 1 }
            }
        }
        return report
    }

    /// A conversion that was given up leaves quarantine and waits again. False: the same was told again meanwhile, and taken in its place.
    private func takeBack(conversion id: Int64, nowMs: Int64) throws(StoreError) -> Bool {
        guard let conversion = try conversion(id) else { return true }
        guard conversion.state != .replaced else { return false }
        if let holder = try takeKey(of: conversion, nowMs: nowMs), holder != id {
            try replace(conversion, by: holder, nowMs: nowMs)
            return false
        }
        try later(
            """
            UPDATE conversion_events SET state = 'waiting', reason = NULL, fault_code = NULL, fault_path = NULL, fault_sentence = NULL,
                quarantined_at = NULL
            WHERE event_id = \(id) AND state = 'refused'
            """)
        return true
    }

    /// The events with dead jobs or messages that a person may retry, the oldest first.
    package func retryable(_ filter: EventFilter, limit: Int) throws(StoreError) -> [Int64] {
        var filter = filter
        filter.state = nil
        return try run(
            """
            SELECT e.id FROM events e WHERE e.id IN (SELECT event_id FROM jobs WHERE state = 'dead'
                UNION SELECT event_id FROM outbox WHERE state = 'dead' AND action_id IS NULL) \(Self.condition(filter))
            ORDER BY e.id LIMIT \(limit)
            """
        ).decoded { row throws(StoreError) in try row.int64("id") }
    }

    /// Of these events.
    package func retryable(among ids: [Int64]) throws(StoreError) -> [Int64] {
        try run(
            """
            SELECT e.id FROM events e WHERE e.id IN (\(list: ids)) AND (e.id IN (SELECT event_id FROM jobs WHERE state = 'dead')
                OR e.id IN (SELECT event_id FROM outbox WHERE state = 'dead' AND action_id IS NULL)) ORDER BY e.id
            """
        ).decoded { row throws(StoreError) in try row.int64("id") }
    }

    /// The oldest events first; the filter's own state does not matter, only what is dead goes on.
    package func retryEvents(_ filter: EventFilter, limit: Int, nowMs: Int64) throws(StoreError) -> RetryReport {
        try retryEvents(retryable(filter, limit: limit), nowMs: nowMs)
    }
}
