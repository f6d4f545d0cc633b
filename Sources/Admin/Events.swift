import Logging
import Metrics
import Storage

/// An operator stopped writes to Meta.
struct WritesHeld {
    let scope: String
    let token: String

    func emit(to logger: Logger) {
        logger.notice("Writes to Meta are on hold.", metadata: ["workspace": "\(scope)", "token": "\(token)"])
        Counter(label: "touchstone_holds_set_total").increment()
    }
}

/// An operator let writes go on.
struct WritesReleased {
    let scope: String
    let released: Int
    let token: String

    func emit(to logger: Logger) {
        logger.notice(
            "Writes to Meta go on.", metadata: ["workspace": "\(scope)", "released": "\(released)", "token": "\(token)"])
        Counter(label: "touchstone_holds_released_total").increment()
    }
}

/// An operator had erased what people left. Whose it was stays with the operator.
struct PeopleErased {
    let rows: Int
    let messages: Int
    let token: String

    func emit(to logger: Logger) {
        logger.notice("Erased what people left.", metadata: ["rows": "\(rows)", "messages": "\(messages)", "token": "\(token)"])
        Counter(label: "touchstone_erasures_done_total").increment()
    }
}

/// An operator set dead work going again.
struct EventsRetried {
    let events: Int
    let jobs: Int
    let messages: Int
    let token: String

    func emit(to logger: Logger) {
        logger.notice(
            "Dead work goes on.",
            metadata: ["events": "\(events)", "jobs": "\(jobs)", "messages": "\(messages)", "token": "\(token)"])
        Counter(label: "touchstone_retries_asked_total").increment()
    }
}

/// An operator changed a conversion in quarantine. What was changed, and to what, is nobody's here.
struct ConversionEdited {
    let eventID: Int64
    let outcome: MendingOutcome.Word
    let token: String

    func emit(to logger: Logger) {
        logger.notice(
            "Edited a conversion in quarantine.",
            metadata: ["event_id": "\(eventID)", "outcome": "\(outcome.rawValue)", "token": "\(token)"])
        Counter(label: "touchstone_conversions_edited_total", dimensions: [("outcome", outcome.rawValue)]).increment()
    }
}

/// An operator sent conversions on that were in quarantine.
struct QuarantineReplayed {
    let mended: Int
    let refused: Int
    let token: String

    func emit(to logger: Logger) {
        logger.notice(
            "Conversions left quarantine.",
            metadata: ["mended": "\(mended)", "refused": "\(refused)", "token": "\(token)"])
        Counter(label: "touchstone_conversions_replayed_total").increment(by: Int64(mended))
    }
}

/// Somebody looked at what people had sent.
struct Unsealed {
    let token: String
    /// `event` or `delivery`.
    let what: String
    let id: Int64
    let requestID: String

    func emit(to logger: Logger) {
        logger.notice(
            "Unsealed what was sent.",
            metadata: ["token": "\(token)", "\(what)_id": "\(id)", "request_id": "\(requestID)"])
        Counter(label: "touchstone_bytes_unsealed_total", dimensions: [("what", what)]).increment()
    }
}

/// A browser has a session.
struct LoggedIn {
    let token: String

    func emit(to logger: Logger) {
        logger.notice("Somebody logged in.", metadata: ["token": "\(token)"])
        Counter(label: "touchstone_sessions_opened_total").increment()
    }
}

/// A token that is none was tried at the log-in.
struct LogInRefused {
    let requestID: String

    func emit(to logger: Logger) {
        logger.warning("Refused a log-in.", metadata: ["request_id": "\(requestID)"])
        Counter(label: "touchstone_sessions_refused_total").increment()
    }
}

/// The process says more or less from now on.
struct LogLevelSet {
    let level: String
    let token: String

    func emit(to logger: Logger) {
        logger.notice("The log level was changed.", metadata: ["level": "\(level)", "token": "\(token)"])
        Counter(label: "touchstone_log_levels_set_total").increment()
    }
}
