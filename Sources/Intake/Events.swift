import Logging
import Metrics

/// Names of facts in log lines.
private enum LogKey: String {
    case error
    case reason
    case remoteAddress = "remote_address"
}

/// A request was refused before anything was stored. One line, without anything the caller sent.
struct DeliveryRefused {
    let refusal: DeliveryRefusal
    let remoteAddress: String

    func emit(to logger: Logger) {
        logger.warning(
            "Refused a request.",
            metadata: [LogKey.reason.rawValue: "\(refusal.code)", LogKey.remoteAddress.rawValue: "\(remoteAddress)"])
        Counter(label: "touchstone_deliveries_refused_total", dimensions: [("reason", refusal.code)]).increment()
    }
}

/// A verified delivery could not be stored: the sender was told to come again.
struct DeliveryNotStored {
    let error: String

    func emit(to logger: Logger) {
        logger.error(
            "A delivery could not be stored; it was answered 503 and will come again.",
            metadata: [LogKey.error.rawValue: "\(error)"])
        Counter(label: "touchstone_deliveries_unstored_total").increment()
    }
}

/// Meta checked the callback.
struct HandshakeAnswered {
    func emit(to logger: Logger) {
        logger.notice("Answered a webhook handshake.")
        Counter(label: "touchstone_handshakes_answered_total").increment()
    }
}
