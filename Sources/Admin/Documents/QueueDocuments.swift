import Core
import Storage

/// What a row of a queue waits for, in a word: more than its state says.
enum Standing: String, CaseIterable {
    /// To be done now.
    case due
    /// Leased, or to be tried again: not before `due_at_ms`.
    case waiting
    /// For an earlier one of its order key.
    case parked
    case held, done, dead

    init(_ state: QueueState, dueAtMs: Int64, nowMs: Int64) {
        switch state {
        case .open: self = dueAtMs == .max ? .parked : dueAtMs > nowMs ? .waiting : .due
        case .held: self = .held
        case .done: self = .done
        case .dead: self = .dead
        }
    }
}

extension JobListing {
    func document(nowMs: Int64) -> JSON {
        [
            "id": .string("\(job.id)"), "event_id": .string("\(job.eventID)"),
            "trace": .string(TraceID(eventID: job.eventID).text),
            "workspace": .string(job.workspace), "route": .string(job.route), "kind": .text(kind),
            "received_at_ms": receivedAtMs.map { .integer($0) } ?? .null, "state": .string(job.state.rawValue),
            "standing": .string(Standing(job.state, dueAtMs: job.dueAtMs, nowMs: nowMs).rawValue), "tries": .integer(job.tries),
            "due_at_ms": JSON.due(job.dueAtMs, job.state), "reason": .text(job.reason), "gate": .text(job.gate),
        ]
    }
}

extension StoredMessage {
    func document(nowMs: Int64) -> JSON { .object(JSONObject(members(nowMs: nowMs))) }

    /// With its attempts; what destinations answered only where it may be seen.
    func story(attempts: [SendAttempt], shows: Bool, nowMs: Int64) -> JSON {
        let tried = attempts.map { $0.document(shows: shows) }
        return .object(JSONObject(members(nowMs: nowMs) + [.init(key: "attempts", value: .array(tried))]))
    }

    private func members(nowMs: Int64) -> [JSONObject.Member] {
        let document: JSON = [
            "id": .string("\(id)"), "event_id": .text(eventID.map { "\($0)" }), "action_id": .text(actionID.map { "\($0)" }),
            "trace": .text(eventID.map { TraceID(eventID: $0).text }), "workspace": .string(workspace), "kind": .string(kind),
            "state": .string(state.rawValue),
            "standing": .string(Standing(state, dueAtMs: dueAtMs, nowMs: nowMs).rawValue), "tries": .integer(tries),
            "due_at_ms": JSON.due(dueAtMs, state), "reason": .text(reason), "gate": .text(gate),
            "created_at_ms": .integer(createdAtMs), "done_at_ms": doneAtMs.map { .integer($0) } ?? .null,
        ]
        return document.members.map { .init(key: $0.key, value: $0.value) }
    }
}

extension SendAttempt {
    fileprivate func document(shows: Bool) -> JSON {
        let words = shows ? answer.map { String(decoding: $0, as: UTF8.self) } : nil
        return [
            "at_ms": .integer(atMs), "attempt": .integer(attempt), "status": status.map { .integer($0) } ?? .null,
            "outcome": .string(outcome), "duration_ms": .integer(durationMs), "answer": .text(words),
        ]
    }
}

extension JSON {
    /// When open work is due; null for what waits for an earlier one and for what has ended.
    fileprivate static func due(_ dueAtMs: Int64, _ state: QueueState) -> JSON {
        state == .open && dueAtMs != .max ? .integer(dueAtMs) : .null
    }
}

extension Schema {
    static let queues: [(name: String, schema: JSON)] = [
        (
            "Job",
            object([
                ("id", id), ("event_id", id), ("trace", text), ("workspace", text), ("route", text), ("kind", orNull(text)),
                ("received_at_ms", orNull(time)), ("state", state), ("standing", standing), ("tries", ["type": "integer"]),
                ("due_at_ms", orNull(time)), ("reason", orNull(text)), ("gate", orNull(text)),
            ])
        ),
        ("Message", object(message)),
        ("MessageStory", object(message + [("attempts", list(named("Attempt")))])),
        (
            "Attempt",
            object([
                ("at_ms", time), ("attempt", count), ("status", orNull(count)), ("outcome", text), ("duration_ms", count),
                ("answer", orNull(text)),
            ])
        ),
    ]

    private static let message: [(String, JSON)] = [
        ("id", id), ("event_id", orNull(id)), ("action_id", orNull(id)), ("trace", orNull(text)), ("workspace", text),
        ("kind", text),
        ("state", state), ("standing", standing), ("tries", ["type": "integer"]), ("due_at_ms", orNull(time)),
        ("reason", orNull(text)), ("gate", orNull(text)), ("created_at_ms", time), ("done_at_ms", orNull(time)),
    ]

    private static let state = choice(QueueState.allCases.map(\.rawValue))
    private static let standing = choice(Standing.allCases.map(\.rawValue))
}
