import Logging
import Metrics

/// An operator stopped writes to Meta.
struct WritesHeld {
    let scope: String

    func emit(to logger: Logger) {
        logger.notice("Writes to Meta are on hold.", metadata: ["workspace": "\(scope)"])
        Counter(label: "touchstone_holds_set_total").increment()
    }
}

/// An operator let writes go on.
struct WritesReleased {
    let scope: String
    let released: Int

    func emit(to logger: Logger) {
        logger.notice("Writes to Meta go on.", metadata: ["workspace": "\(scope)", "released": "\(released)"])
        Counter(label: "touchstone_holds_released_total").increment()
    }
}

/// An operator had erased what people left. Whose it was stays with the operator.
struct PeopleErased {
    let rows: Int
    let messages: Int

    func emit(to logger: Logger) {
        logger.notice("Erased what people left.", metadata: ["rows": "\(rows)", "messages": "\(messages)"])
        Counter(label: "touchstone_erasures_done_total").increment()
    }
}
