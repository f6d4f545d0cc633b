import Core
import Listener

/// Why a request is refused that expects the answers of the Graph API.
///
/// Clients of the Graph API read nothing but `{"error": {…}}`: on an empty or another body some crash, and some take it for success.
enum GraphRefusal: Equatable {
    case unknownPath
    case methodNotAllowed
    case contentType
    case contentEncoding
    case tooLarge
    /// What the listener refuses by itself: a slow body, headers too large, a malformed head.
    case listener(status: Int)
    /// Too much is under way, of everybody or before the parsers.
    case busy
    /// The source has as much under way as it may.
    case overBudget
    /// A high-water mark is passed.
    case underPressure
    /// The store did not take it.
    case notStored

    init(listenerStatus status: Int) {
        switch status {
        case 413: self = .tooLarge
        case 503: self = .busy
        case _: self = .listener(status: status)
        }
    }

    var status: Int {
        switch self {
        case .unknownPath: 404
        case .methodNotAllowed: 405
        case .contentType, .contentEncoding: 415
        case .tooLarge: 413
        case .listener(let status): status
        case .busy, .overBudget, .underPressure, .notStored: 503
        }
    }

    /// Stable word for logs and metrics.
    var reason: String {
        switch self {
        case .unknownPath: "unknown_path"
        case .methodNotAllowed: "method_not_allowed"
        case .contentType: "content_type"
        case .contentEncoding: "content_encoding"
        case .tooLarge: "body_too_large"
        case .listener(let status): "http_\(status)"
        case .busy: "busy"
        case .overBudget: "over_budget"
        case .underPressure: "under_pressure"
        case .notStored: "not_stored"
        }
    }

    func json(traceID: String) -> JSON {
        Self.document(
            message: message, type: "GraphMethodException", code: code, isTransient: isTransient,
            title: isTransient ? "Temporarily unavailable" : "The request can't be served", traceID: traceID)
    }

    /// The one form of all errors.
    static func document(
        message: String, type: String, code: Int, subcode: Int? = nil, isTransient: Bool = false, title: String, traceID: String
    ) -> JSON {
        var error: [JSONObject.Member] = [
            .init(key: "message", value: .string(message)), .init(key: "type", value: .string(type)),
            .init(key: "code", value: .integer(code)), .init(key: "is_transient", value: .bool(isTransient)),
            .init(key: "error_user_title", value: .string(title)), .init(key: "error_user_msg", value: .string(message)),
            .init(key: "fbtrace_id", value: .string(traceID)),
        ]
        if let subcode { error.insert(.init(key: "error_subcode", value: .integer(subcode)), at: 3) }
        return ["error": .object(JSONObject(error))]
    }

    private var isTransient: Bool { status >= 500 || status == 408 }

    /// The Graph API's own: 2500 an unknown path, 2 a service that is down for the moment, 100 a wrong request.
    private var code: Int {
        if self == .unknownPath { return 2500 }
        return isTransient ? 2 : 100
    }

    private var message: String {
        switch self {
        case .unknownPath: "Unknown path. Conversions go to /v{n}.{m}/{dataset}/events."
        case .methodNotAllowed: "Unsupported method. Conversions are sent with POST."
        case .contentType:
            "Unsupported Content-Type. Send application/json, application/x-www-form-urlencoded or multipart/form-data, in UTF-8."
        case .contentEncoding: "Unsupported Content-Encoding. Send the body as it is."
        case .tooLarge: "The body is larger than \(Limits.deliveryBytesMax) bytes. Send fewer events per request."
        case .listener(let status): "The request can't be read (HTTP \(status))."
        case .overBudget: "Too many requests of this source are under way. Nothing was stored; send it again, later."
        case .busy, .underPressure, .notStored: "Service temporarily unavailable. Nothing was stored; send it again."
        }
    }

    /// What the answer carries beside the document.
    var headers: [(String, String)] {
        switch self {
        case .methodNotAllowed: [("allow", "POST")]
        case .overBudget: [("retry-after", "1")]
        case .busy, .notStored: [("retry-after", "5")]
        case .underPressure: [("retry-after", "30")]
        case .unknownPath, .contentType, .contentEncoding, .tooLarge, .listener: []
        }
    }
}

extension Reply {
    static func json(_ status: Int, _ document: JSON, headers: [(String, String)] = []) -> Reply {
        Reply(
            status: status,
            headers: [
                ("content-type", "application/json"), ("cache-control", "no-store"), ("x-content-type-options", "nosniff"),
            ] + headers,
            body: document.bytes())
    }

    static func graph(_ refusal: GraphRefusal, traceID: String = GraphTraceID.make()) -> Reply {
        .json(refusal.status, refusal.json(traceID: traceID), headers: refusal.headers)
    }
}
