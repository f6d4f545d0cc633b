import Core
import Listener
import Logging
import Metrics
import Storage

/// Names of facts in log lines.
private enum LogKey: String {
    case app
    case code
    case count
    case error
    case kind
    case name
    case reason
    case remoteAddress = "remote_address"
    case source
    case trace
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

/// Verified deliveries could not be stored: their senders were told to come again. `count` since the last line.
struct DeliveriesNotStored {
    let error: String
    let count: Int

    func emit(to logger: Logger) {
        logger.error(
            "Deliveries could not be stored; they were answered 503 and will come again.",
            metadata: [LogKey.error.rawValue: "\(error)", LogKey.count.rawValue: "\(count)"])
    }
}

/// Requests of one app or source were refused, because it has as much under way as it may. `count` since the last line.
struct OverBudget {
    /// `app`, `source`, or the `path` or `dataset` that several share.
    let kind: String
    let name: String
    let count: Int

    func emit(to logger: Logger) {
        logger.warning(
            "Refused requests of one sender that has as much under way as it may; they were answered 503.",
            metadata: [
                LogKey.kind.rawValue: "\(kind)", LogKey.name.rawValue: "\(name)", LogKey.count.rawValue: "\(count)",
            ])
    }
}

/// Requests were refused by the listener. `count` since the last line.
struct ListenerBusy {
    let count: Int

    func emit(to logger: Logger) {
        logger.warning(
            "Refused requests: too much is under way in all, of one address, or of one sender; they were answered 503.",
            metadata: [LogKey.count.rawValue: "\(count)"])
    }
}

/// Requests were refused because a high-water mark is passed. `count` since the last line.
struct WorkRefused {
    let count: Int
    let reasons: [String]

    func emit(to logger: Logger) {
        logger.warning(
            "Refused new work; it was answered 503 and will come again.",
            metadata: [LogKey.reason.rawValue: "\(reasons.joined(separator: " "))", LogKey.count.rawValue: "\(count)"])
    }
}

/// A high-water mark was passed, or another one beside it.
struct PressureRaised {
    let reasons: [String]

    func emit(to logger: Logger) {
        logger.error(
            "No new work is taken until there is room again.",
            metadata: [LogKey.reason.rawValue: "\(reasons.joined(separator: " "))"])
    }
}

/// All is below its mark again.
struct PressureEased {
    func emit(to logger: Logger) { logger.notice("New work is taken again.") }
}

/// Connections were closed before they said anything that we wanted to hear. `count` since the last line.
struct ConnectionsTurnedAway {
    let refusal: ConnectionRefusal
    /// Of the last one.
    let remoteAddress: String
    let count: Int

    func emit(to logger: Logger) {
        logger.warning(
            "Closed connections unheard.",
            metadata: [
                LogKey.reason.rawValue: "\(refusal.rawValue)", LogKey.remoteAddress.rawValue: "\(remoteAddress)",
                LogKey.count.rawValue: "\(count)",
            ])
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

/// A shop's webhook was in order, and no event was made of it. Told where a person should look, else counted only.
struct ShopNoticeLeftAside {
    let reason: ShopNotice.Aside
    let source: String

    func emit(to logger: Logger) {
        if reason.isFault {
            logger.warning(
                "Left a shop's webhook aside that can't be used; it was answered 200.",
                metadata: [LogKey.reason.rawValue: "\(reason.rawValue)", LogKey.source.rawValue: "\(source)"])
        }
        Counter(label: "touchstone_shop_notices_left_aside_total", dimensions: [("reason", reason.rawValue)]).increment()
    }
}

/// A sender's question could not be answered, because the database could not be read.
struct QuestionUnanswered {
    let source: String
    let error: String

    func emit(to logger: Logger) {
        logger.warning(
            "A sender's question could not be answered.",
            metadata: [LogKey.source.rawValue: "\(source)", LogKey.error.rawValue: "\(error)"])
    }
}

/// Somebody took back what an app may do, or wants their data deleted.
struct CallbackReceived {
    let kind: CallbackKind
    let app: String
    let code: String
    let seq: Int64

    func emit(to logger: Logger) {
        logger.notice(
            "Received a callback about a person.",
            metadata: [
                LogKey.kind.rawValue: "\(kind.rawValue)", LogKey.app.rawValue: "\(app)", LogKey.code.rawValue: "\(code)",
                LogKey.trace.rawValue: "\(TraceID(seq: seq).text)",
            ])
        Counter(label: "touchstone_callbacks_received_total", dimensions: [("kind", kind.rawValue)]).increment()
    }
}
