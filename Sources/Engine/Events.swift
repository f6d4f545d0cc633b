import Core
import Logging
import Metrics
import Storage

/// Names of facts in log lines; one enum, so that a fact has one name everywhere.
enum LogKey: String {
    case accountID = "account_id"
    case app
    case attempt
    case code
    case destination
    case entities
    case error
    case eventID = "event_id"
    case id
    case job
    case kind
    case queue
    case reason
    case route
    case table
    case trace
    case worker
    case workspace
}

extension Logger {
    fileprivate mutating func note(_ key: LogKey, _ value: String) { self[metadataKey: key.rawValue] = "\(value)" }

    /// What a line is about, from the delivery to the write; nothing where it is about no single event.
    fileprivate mutating func note(_ trace: TraceID?) {
        guard let trace else { return }
        note(.trace, trace.text)
        if trace.eventID != 0 { note(.eventID, "\(trace.eventID)") }
    }
}

/// A job met an error that is no handler's own.
struct JobFailed {
    let job: Int64
    let trace: TraceID
    let route: String
    let attempt: Int64
    let error: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.job, "\(job)")
        logger.note(trace)
        logger.note(.route, route)
        logger.note(.attempt, "\(attempt)")
        logger.note(.error, error)
        logger.warning("A job failed and will be tried again.")
        Counter(label: "touchstone_jobs_failed_total").increment()
    }
}

/// What became of a piece of work could not be written down; its lease runs out and it is tried again.
struct WorkNotSettled {
    let queue: Queue
    let id: Int64
    /// Of the first, where it is several.
    let trace: TraceID?
    let error: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(trace)
        logger.note(.queue, "\(queue)")
        logger.note(.id, "\(id)")
        logger.note(.error, error)
        logger.warning("The state of a piece of work could not be stored; it will be tried again.")
        Counter(label: "touchstone_work_unsettled_total", dimensions: [("queue", "\(queue)")]).increment()
    }
}

/// A loop met an error; it goes on.
struct WorkerStumbled {
    let worker: String
    let error: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.worker, worker)
        logger.note(.error, error)
        logger.warning("A worker met an error and goes on.")
        Counter(label: "touchstone_worker_errors_total", dimensions: [("worker", worker)]).increment()
    }
}

/// Work is waiting for a gate: somebody may have to act.
struct WorkHeld {
    let queue: Queue
    /// Of the first, where it is several.
    let trace: TraceID?
    let gate: String
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(trace)
        logger.note(.queue, "\(queue)")
        logger.note(.id, gate)
        logger.note(.reason, reason)
        logger.error("Work is held until its gate opens.")
        Counter(label: "touchstone_work_held_total", dimensions: [("queue", "\(queue)")]).increment()
    }
}

/// A gate opened and its work goes on.
struct GateOpened {
    let gate: String
    let released: Int

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.id, gate)
        logger.note(.entities, "\(released)")
        logger.notice("A gate opened; held work goes on.")
        Counter(label: "touchstone_gates_opened_total").increment()
    }
}

/// An account's entities could not be read; what becomes of them is in `reason`.
struct RefreshFailed {
    let workspace: String
    let accountID: String
    let entities: Int
    /// Of the first entity's last event.
    let trace: TraceID?
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(trace)
        logger.note(.workspace, workspace)
        logger.note(.accountID, accountID)
        logger.note(.entities, "\(entities)")
        logger.note(.reason, reason)
        logger.warning("Touched entities could not be read.")
        Counter(label: "touchstone_refreshes_failed_total").increment()
    }
}

/// A message of the outbox did not get through.
struct SendFailed {
    let id: Int64
    let kind: String
    let trace: TraceID?
    let attempt: Int64
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(trace)
        logger.note(.id, "\(id)")
        logger.note(.queue, kind)
        logger.note(.attempt, "\(attempt)")
        logger.note(.reason, reason)
        logger.warning("A message could not be sent.")
        Counter(label: "touchstone_sends_failed_total", dimensions: [("kind", kind)]).increment()
    }
}

/// A message of the outbox got through: the last line of an event's trace.
struct MessageSent {
    let id: Int64
    let kind: String
    let trace: TraceID?
    let attempt: Int64

    func emit(to logger: Logger) {
        Counter(label: "touchstone_messages_sent_total", dimensions: [("kind", kind)]).increment()
        guard logger.logLevel <= .debug else { return }
        var logger = logger
        logger.note(trace)
        logger.note(.id, "\(id)")
        logger.note(.queue, kind)
        logger.note(.attempt, "\(attempt)")
        logger.debug("A message was sent.")
    }
}

/// An account's ads could not be paged for the index from posts to ads; what becomes of the event is in `reason`.
struct StoriesUnread {
    let workspace: String
    let accountID: String
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.workspace, workspace)
        logger.note(.accountID, accountID)
        logger.note(.reason, reason)
        logger.warning("An account's ads could not be read for the posts behind them.")
        Counter(label: "touchstone_story_reads_failed_total").increment()
    }
}

/// A person's wish that came by way of Meta is done.
struct CallbackCarriedOut {
    let kind: CallbackKind
    let app: String
    let code: String
    let erased: Int

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.kind, kind.rawValue)
        logger.note(.app, app)
        logger.note(.code, code)
        logger.note(.entities, "\(erased)")
        switch kind {
        case .dataDeletion: logger.notice("A person's data were deleted, as they asked.")
        case .deauthorize:
            logger.warning("A person took the app's rights back; a token of theirs that a workspace uses stops working.")
        }
        Counter(label: "touchstone_callbacks_done_total", dimensions: [("kind", kind.rawValue)]).increment()
    }
}

/// Rows that are older than they are kept were deleted.
struct RowsPruned {
    let table: String
    let rows: Int

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.table, table)
        logger.note(.entities, "\(rows)")
        logger.info("Deleted rows that are older than they are kept.")
        Counter(label: "touchstone_rows_pruned_total", dimensions: [("table", table)]).increment(by: rows)
    }
}

/// A call with conversions did not get through; all of them are tried again.
struct ConversionsFailed {
    let dataset: String
    let events: Int
    /// Of the first.
    let trace: TraceID?
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(trace)
        logger.note(.id, dataset)
        logger.note(.entities, "\(events)")
        logger.note(.reason, reason)
        logger.warning("Conversions could not be sent.")
        Counter(label: "touchstone_conversions_failed_total").increment(by: Int64(events))
    }
}

/// Meta refuses one conversion for good.
struct ConversionRefused {
    let dataset: String
    let eventID: Int64
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.id, dataset)
        logger.note(TraceID(eventID: eventID))
        logger.note(.reason, reason)
        logger.warning("Meta refuses a conversion.")
        Counter(label: "touchstone_conversions_refused_total").increment()
    }
}

/// Meta took conversions after something in them was changed that it had refused.
struct ConversionsMended {
    let dataset: String
    let events: Int
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.id, dataset)
        logger.note(.entities, "\(events)")
        logger.note(.reason, reason)
        logger.info("Conversions were mended after a refusal.")
        Counter(label: "touchstone_conversions_mended_total").increment(by: Int64(events))
    }
}

/// A loop ended, which none does by itself; it is started again.
struct LoopEnded {
    let loop: String
    let error: String?

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.worker, loop)
        if let error { logger.note(.error, error) }
        logger.error("A loop of the engine ended and is started again.")
        Counter(label: "touchstone_loops_restarted_total", dimensions: [("loop", loop)]).increment()
    }
}

/// Work gave up, with a reason, until somebody retries it.
struct WorkDied {
    let queue: Queue
    let id: Int64
    let trace: TraceID?
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.queue, "\(queue)")
        logger.note(.id, "\(id)")
        logger.note(trace)
        logger.note(.reason, reason)
        logger.error("A piece of work gave up; `touchstone events retry` starts it again.")
        Counter(label: "touchstone_work_died_total", dimensions: [("queue", "\(queue)")]).increment()
    }
}

/// A delivery's events could not be stored; it is tried again.
struct DeliveryNotDecoded {
    let seq: Int64
    let failures: Int
    let error: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(TraceID(seq: seq))
        logger.note(.attempt, "\(failures)")
        logger.note(.error, error)
        logger.warning("The events of a delivery could not be stored; it will be tried again.")
        Counter(label: "touchstone_deliveries_undecoded_total").increment()
    }
}

/// A delivery can't be read, because the database is damaged there; those after it go on.
struct DeliveryDamaged {
    let seq: Int64

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(TraceID(seq: seq))
        logger.note(.id, "\(seq)")
        logger.error("A stored delivery can't be read: the database is damaged. Those after it go on; restore it from a backup.")
        Counter(label: "touchstone_deliveries_damaged_total").increment()
    }
}

/// Events that can't be stored as they are were stored as faulty ones, and the rest of their delivery as it is.
struct EventsUnstorable {
    let seq: Int64
    let events: Int
    let error: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(TraceID(seq: seq))
        logger.note(.entities, "\(events)")
        logger.note(.error, error)
        logger.error("Events of a delivery can't be stored and were set aside; the rest of it goes on.")
        Counter(label: "touchstone_events_unstorable_total").increment(by: events)
    }
}

/// A gateway took a duty over, or lost it.
struct DutyChanged {
    let duty: String
    let isOurs: Bool

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.kind, duty)
        if isOurs {
            logger.notice("This gateway has taken over a duty.")
        } else {
            logger.notice("This gateway has lost a duty to another.")
        }
        Counter(label: "touchstone_duties_changed_total", dimensions: [("duty", duty)]).increment()
    }
}

/// A destination is left alone for a while, or is back.
struct BreakerTurned {
    let standing: BreakerStanding

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.workspace, standing.workspace)
        logger.note(.destination, standing.destination)
        logger.note(.entities, "\(standing.failures)")
        switch standing.state {
        case .closed: logger.notice("A destination is back; its messages go again.")
        case .open, .halfOpen: logger.error("A destination fails time after time; its messages wait.")
        }
        Counter(label: "touchstone_breakers_turned_total", dimensions: [("state", standing.state.rawValue)]).increment()
    }
}
