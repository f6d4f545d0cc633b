import Core
import HTTPTypes

/// The table of endpoints as an OpenAPI 3.1 document.
struct OpenAPI {
    let endpoints: [Endpoint]

    var document: JSON {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Touchstone, admin port", "version": "1",
                "description":
                    "What came in, what became of it, what waits and why. Ids are decimal text. Times are ms since 1970. Lists go newest first; follow `next_cursor`.",
            ],
            "paths": Self.object(paths.map { path in (path, Self.object(operations(at: path))) }),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer", "description": "An admin token: `read` or `act`."]
                ],
                "schemas": Self.object(Schema.all.map { ($0.name, $0.schema) }),
            ],
        ]
    }

    private var paths: [String] {
        endpoints.map(\.path).reduce(into: []) { paths, path in if !paths.contains(path) { paths.append(path) } }
    }

    private func operations(at path: String) -> [(String, JSON)] {
        endpoints.filter { $0.path == path }.map { ($0.method.rawValue.lowercased(), operation($0)) }
    }

    private func operation(_ endpoint: Endpoint) -> JSON {
        var members: [(String, JSON)] = [
            ("operationId", .string(endpoint.name)), ("summary", .string(endpoint.summary)),
            ("security", endpoint.access == .open ? [] : [["bearer": []]]),
        ]
        if endpoint.access == .act { members.append(("description", "For tokens that may act.")) }
        if !endpoint.parameters.isEmpty { members.append(("parameters", .array(endpoint.parameters.map(parameter)))) }
        if let body = endpoint.body {
            members.append(("requestBody", ["required": true, "content": ["application/json": ["schema": body.schema]]]))
        }
        members.append(("responses", Self.object(responses(endpoint))))
        return Self.object(members)
    }

    private func parameter(_ parameter: Parameter) -> JSON {
        [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue), "description": .string(parameter.about),
            "required": .bool(parameter.place != .query), "schema": parameter.schema,
        ]
    }

    private func responses(_ endpoint: Endpoint) -> [(String, JSON)] {
        [("200", good(endpoint))] + problems(endpoint).map { ("\($0.0)", problem($0.1)) } + [
            ("default", problem("Anything else."))
        ]
    }

    private func good(_ endpoint: Endpoint) -> JSON {
        switch endpoint.answer {
        case .document(let name): ["description": "Done.", "content": ["application/json": ["schema": Schema.named(name)]]]
        case .list(let name):
            [
                "description": "A part of the list.",
                "content": [
                    "application/json": [
                        "schema": Schema.object([
                            ("data", Schema.list(Schema.named(name))),
                            ("next_cursor", ["type": ["string", "null"], "description": "Null: there is no more."]),
                        ])
                    ]
                ],
            ]
        case .text(let type): ["description": "Done.", "content": Self.object([(type, ["schema": ["type": "string"]])])]
        }
    }

    private func problems(_ endpoint: Endpoint) -> [(Int, String)] {
        var problems = [(400, "What was sent is not what is described here.")]
        if endpoint.access != .open || endpoint.path == "/v1/session" { problems.append((401, "Nobody that is known.")) }
        if endpoint.access != .open { problems.append((403, "Known, but may not.")) }
        if endpoint.mayBeUnknown { problems.append((404, "There is no such thing.")) }
        if endpoint.body != nil { problems.append((413, "The body is too large.")) }
        return problems + [(503, "The store does not answer.")]
    }

    private func problem(_ text: String) -> JSON {
        ["description": .string(text), "content": ["application/json": ["schema": Schema.named("Problem")]]]
    }

    private static func object(_ members: [(String, JSON)]) -> JSON {
        .object(JSONObject(members.map { .init(key: $0.0, value: $0.1) }))
    }
}
