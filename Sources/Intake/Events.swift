import Logging
import Metrics
import Storage

/// Names of facts in log lines.
private enum LogKey: String {
    case app
    case code
    case error
    case kind
    case reason
    case remoteAddress = "remote_address"
    case source
    case traceID = "trace_id"
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

/// Conversions were refused, and nothing of them was stored. One line, without anything the caller sent.
struct ConversionsRefused {
    let reason: String
    /// Who sent them, where that was proved.
    let source: String?
    let traceID: String
    let remoteAddress: String

    func emit(to logger: Logger) {
        logger.warning(
            "Refused conversions.",
            metadata: [
                LogKey.reason.rawValue: "\(reason)", LogKey.source.rawValue: "\(source ?? "")",
                LogKey.traceID.rawValue: "\(traceID)", LogKey.remoteAddress.rawValue: "\(remoteAddress)",
            ])
        Counter(label: "touchstone_conversions_refused_total", dimensions: [("reason", reason)]).increment()
    }
}

/// Somebody took back what an app may do, or wants their data deleted.
struct CallbackReceived {
    let kind: CallbackKind
    let app: String
    let code: String

    func emit(to logger: Logger) {
        logger.notice(
            "Received a callback about a person.",
            metadata: [
                LogKey.kind.rawValue: "\(kind.rawValue)", LogKey.app.rawValue: "\(app)", LogKey.code.rawValue: "\(code)",
            ])
        Counter(label: "touchstone_callbacks_received_total", dimensions: [("kind", kind.rawValue)]).increment()
    }
}
