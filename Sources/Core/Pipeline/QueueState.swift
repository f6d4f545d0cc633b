/// The states of every queue (jobs, outbox, touched_entities).
package enum QueueState: String, Sendable, CaseIterable {
    /// Due at `due_at`, or leased until then.
    case open
    /// Waits for a gate.
    case held
    case done
    /// Gave up, with a reason, until somebody retries it.
    case dead
}
