import Logging
import Metrics
import Storage

/// Names of facts in log lines; one enum, so that a fact has one name everywhere.
enum LogKey: String {
    case accountID = "account_id"
    case attempt
    case code
    case destination
    case entities
    case error
    case eventID = "event_id"
    case id
    case job
    case queue
    case reason
    case route
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
