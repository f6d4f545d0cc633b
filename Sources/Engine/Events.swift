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
    case worker
    case workspace
}

extension Logger {
    fileprivate mutating func note(_ key: LogKey, _ value: String) { self[metadataKey: key.rawValue] = "\(value)" }
}

/// A job met an error that is no handler's own.
struct JobFailed {
    let job: Int64
    let eventID: Int64
    let route: String
    let attempt: Int64
    let error: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.job, "\(job)")
        logger.note(.eventID, "\(eventID)")
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
    let error: String

    func emit(to logger: Logger) {
        var logger = logger
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
    let gate: String
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
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
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
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
    let attempt: Int64
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
        logger.note(.id, "\(id)")
        logger.note(.queue, kind)
        logger.note(.attempt, "\(attempt)")
        logger.note(.reason, reason)
        logger.warning("A message could not be sent.")
        Counter(label: "touchstone_sends_failed_total", dimensions: [("kind", kind)]).increment()
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
    let reason: String

    func emit(to logger: Logger) {
        var logger = logger
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
        logger.note(.eventID, "\(eventID)")
        logger.note(.reason, reason)
        logger.warning("Meta refuses a conversion.")
        Counter(label: "touchstone_conversions_refused_total").increment()
    }
}
