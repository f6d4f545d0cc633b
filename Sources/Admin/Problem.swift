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
        let document: JSON = [
            "error": [
                "type": .string(type), "code": .string(code), "message": .string(message), "param": .text(param),
                "request_id": .string(requestID),
            ]
        ]
        var response = Response.document(document, status: status)
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
                ],
            ]
        ],
    ]
}
