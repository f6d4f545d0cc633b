import Core
import Listener

/// Why a sender who asks what became of an event is told nothing.
enum AskingRefusal: String {
    case methodNotAllowed = "method_not_allowed"
    /// No event of this source has the id.
    case eventUnknown = "event_unknown"
    case tooManyQuestions = "too_many_questions"
    case notRead = "not_read"

    private var status: Int {
        switch self {
        case .methodNotAllowed: 405
        case .eventUnknown: 404
        case .tooManyQuestions, .notRead: 503
        }
    }

    private var message: String {
        switch self {
        case .methodNotAllowed: "Unsupported method. What became of an event is asked with GET."
        case .eventUnknown:
            "No event of this source has this event_id. What was refused in its request is not stored; what came just now is found a "
                + "moment later."
        case .tooManyQuestions: "Too many questions of this source are under way. Ask again, later."
        case .notRead: "Service temporarily unavailable. Ask again."
        }
    }

    private var headers: [(String, String)] {
        switch self {
        case .methodNotAllowed: [("allow", "GET")]
        case .eventUnknown: []
        case .tooManyQuestions: [("retry-after", "1")]
        case .notRead: [("retry-after", "5")]
        }
    }

    func reply(traceID: String = GraphTraceID.make()) -> Reply {
        let isTransient = status >= 500
        let document = GraphRefusal.document(
            message: message, type: "GraphMethodException", code: isTransient ? 2 : 100,
            subcode: self == .eventUnknown ? 33 : nil,
            isTransient: isTransient, title: isTransient ? "Temporarily unavailable" : "The request can't be served",
            traceID: traceID)
        return .json(status, document, headers: headers)
    }
}
