import Core
import HTTPTypes
import Hummingbird
import NIOCore

/// An error as the admin port answers it: `{"error": {"type", "code", "message", "param", "request_id"}}`.
struct Problem: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    let param: String?
    var headers: HTTPFields = [:]
    /// Everything that was found in what was sent, where that is looked into piece by piece.
    var findings: [JSON] = []

    init(_ status: HTTPResponse.Status, code: String, message: String, param: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"touchstone\"" }
    }

    static var storeAway: Problem {
        var problem = Problem(
            .serviceUnavailable, code: "store_unavailable",
            message: "The store does not answer; the log has the reason. Try again.")
        problem.headers[.retryAfter] = "5"
        return problem
    }

    private var type: String { status.code >= 500 ? "gateway_error" : "invalid_request_error" }

    func response(requestID: String) -> Response {
        var error: [JSONObject.Member] = [
            .init(key: "type", value: .string(type)), .init(key: "code", value: .string(code)),
            .init(key: "message", value: .string(message)), .init(key: "param", value: .text(param)),
            .init(key: "request_id", value: .string(requestID)),
        ]
        if !findings.isEmpty { error.append(.init(key: "findings", value: .array(findings))) }
        var response = Response.document(["error": .object(JSONObject(error))], status: status)
        for field in headers { response.headers[field.name] = field.value }
        return response
    }

    static let schema: JSON = [
        "type": "object", "required": ["error"],
        "properties": [
            "error": [
                "type": "object", "required": ["type", "code", "message", "param", "request_id"], "additionalProperties": false,
                "properties": [
                    "type": ["type": "string", "enum": ["invalid_request_error", "gateway_error"]],
                    "code": ["type": "string", "description": "Stable, snake_case."], "message": ["type": "string"],
                    "param": ["type": ["string", "null"], "description": "Which parameter, header or member it is about."],
                    "request_id": ["type": "string", "description": "As in the header X-Request-Id and in the log."],
                    "findings": [
                        "type": "array", "items": Schema.named("Finding"),
                        "description": "Only where a conversion is refused again.",
                    ],
                ],
            ]
        ],
    ]
}
