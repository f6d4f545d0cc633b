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
