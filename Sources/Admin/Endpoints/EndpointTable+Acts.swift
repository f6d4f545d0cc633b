import Core
import HTTPTypes
import Storage

/// What changes something.
extension EndpointTable {
    var acts: [Endpoint] { [hold, release, retryEvents, retryLead, erase] }

    private var hold: Endpoint {
        Endpoint(
            method: .post, path: "/v1/hold", name: "hold",
            summary: "Stops writes of a workspace, or of all; answers when none is under way any more.", access: .act,
            body: .init(schema: [
                "type": "object", "required": ["scope"],
                "properties": [
                    "scope": scopeSchema,
                    "until_ms": [
                        "type": ["integer", "null"], "format": "int64", "minimum": .integer(-JSON.wholeMax),
                        "maximum": .integer(JSON.wholeMax),
                        "description": "Ends by itself then; null: until it is released.",
                    ],
                ],
            ]), answer: .document("Hold"),
            run: { call in
                let body = try await call.document()
                let scope = try scope(in: body)
                let untilMs = try Self.until(in: body)
                try await actions.hold(scope, untilMs)
                WritesHeld(scope: scope, token: call.caller?.name ?? "").emit(to: call.logger)
                return .document(["scope": .string(scope), "until_ms": untilMs.map { .integer($0) } ?? .null, "held": true])
            })
    }

    private var release: Endpoint {
        Endpoint(
            method: .post, path: "/v1/release", name: "release", summary: "Lets writes go on.", access: .act,
            body: .init(schema: ["type": "object", "required": ["scope"], "properties": ["scope": scopeSchema]]),
            answer: .document("Release"),
            run: { call in
                let scope = try scope(in: try await call.document())
                let released = try await actions.release(scope)
                WritesReleased(scope: scope, released: released, token: call.caller?.name ?? "").emit(to: call.logger)
                return .document(["scope": .string(scope), "released": .integer(released), "held": false])
            })
    }

    /// So many events at once, so that other writes get their turn in between.
    private static let retryMax = 500

    private var retryEvents: Endpoint {
        Endpoint(
            method: .post, path: "/v1/events/retry", name: "retryEvents",
            summary: "Sets going again what is dead of these events: jobs that gave up, and messages that did not get through.",
            access: .act,
            body: .init(schema: [
                "type": "object", "required": ["ids"],
                "properties": [
                    "ids": [
                        "type": "array", "minItems": 1, "maxItems": .integer(Self.retryMax),
                        "items": [
                            "anyOf": [
                                ["type": "string", "pattern": "^[0-9]{1,18}$"],
                                ["type": "integer", "format": "int64", "minimum": 0, "maximum": .integer(Int64.max)],
                            ]
                        ],
                    ]
                ],
            ]), answer: .document("Retried"),
            run: { call in
                let items = try await call.document()["ids"]?.items ?? []
                let ids = items.compactMap { $0.wholeNumber }
                guard !ids.isEmpty, ids.count == items.count, ids.count <= Self.retryMax, ids.allSatisfy({ $0 >= 0 }) else {
                    throw Problem(
                        .badRequest, code: "ids_invalid", message: "ids must be 1 to \(Self.retryMax) numbers of events.",
                        param: "ids")
                }
                let retried = try await actions.retryEvents(ids.filter { $0 <= Parameter.idMax })
                EventsRetried(events: ids.count, jobs: retried.jobs, messages: retried.messages, token: call.caller?.name ?? "")
                    .emit(to: call.logger)
                return .document(["jobs": .integer(retried.jobs), "messages": .integer(retried.messages)])
            })
    }

    private var retryLead: Endpoint {
        Endpoint(
            method: .post, path: "/v1/leads/{id}/retry", name: "retryLead", summary: "Sets going again what is dead of a lead.",
            access: .act, parameters: [.path("id", .text(max: 255), "The lead's id.")], answer: .document("LeadRetried"),
            mayBeUnknown: true,
            run: { call in
                let id = call.text("id") ?? ""
                guard let retried = try await actions.retryLead(id) else {
                    throw Problem(
                        .notFound, code: "lead_unknown", message: "No lead of this id is stored or waiting to be read.",
                        param: "id")
                }
                return .document(["lead_id": .string(id), "jobs": .integer(retried.jobs), "messages": .integer(retried.messages)])
            })
    }

    private var erase: Endpoint {
        Endpoint(
            method: .post, path: "/v1/erase", name: "erase", summary: "Empties what a lead or people left.", access: .act,
            body: .init(schema: [
                "description":
                    "`lead`, the id of a lead, or `people`, keys such as `em:<sha256>`; `workspace`: only there, null: everywhere.",
                "oneOf": [
                    Self.erasure(
                        "lead", ["type": "string", "pattern": "^(?!0$)[A-Za-z0-9_.:=+/$-]{1,255}$"], without: "people",
                        workspace: workspaceSchema),
                    Self.erasure(
                        "people",
                        [
                            "type": "array", "minItems": 1, "maxItems": 64,
                            "items": ["type": "string", "pattern": "^(user:[0-9]{1,32}|(em|ph|external_id):[0-9a-f]{64})$"],
                        ], without: "lead", workspace: workspaceSchema),
                ],
            ]), answer: .document("Erased"),
            run: { call in
                let body = try await call.document()
                guard body["lead"].map({ $0.text != nil }) ?? true, let erasure = Erasure(body) else {
                    throw Problem(
                        .badRequest, code: "erasure_invalid",
                        message: "Send lead, or people as keys such as em:<sha256>; workspace or null.")
                }
                if let workspace = erasure.workspace, !actions.workspaces.contains(workspace) {
                    throw Problem(
                        .badRequest, code: "workspace_unknown", message: "There is no such workspace.", param: "workspace")
                }
                let report = try await actions.erase(erasure)
                PeopleErased(rows: report.total, messages: report.messages, token: call.caller?.name ?? "").emit(to: call.logger)
                return .document(report.json)
            })
    }

    private static func erasure(_ name: String, _ schema: JSON, without other: String, workspace: JSON) -> JSON {
        let properties: [JSONObject.Member] = [
            .init(key: name, value: schema), .init(key: other, value: ["not": [:]]), .init(key: "workspace", value: workspace),
        ]
        return ["type": "object", "required": [.string(name)], "properties": .object(JSONObject(properties))]
    }

    private var workspaceSchema: JSON { ["enum": .array(actions.workspaces.sorted().map(JSON.string) + [.null])] }

    private var scopes: [String] { ["*"] + actions.workspaces.sorted() }

    private var scopeSchema: JSON {
        ["type": "string", "enum": .array(scopes.map(JSON.string)), "description": "A workspace; `*`: all."]
    }

    private func scope(in body: JSON) throws(Problem) -> String {
        guard let scope = body["scope"]?.text, scopes.contains(scope) else {
            throw Problem(
                .badRequest, code: "scope_unknown", message: "scope must be one of: \(scopes.joined(separator: ", ")).",
                param: "scope")
        }
        return scope
    }

    /// Nil: until it is released. What is no time is refused: a hold that was to end would otherwise not.
    private static func until(in body: JSON) throws(Problem) -> Int64? {
        switch body["until_ms"] {
        case nil, .null?: return nil
        case let value?:
            guard let untilMs = value.wholeNumber, value.text == nil, untilMs.magnitude <= JSON.wholeMax else {
                throw Problem(
                    .badRequest, code: "until_invalid", message: "until_ms must be milliseconds since 1970.", param: "until_ms")
            }
            return untilMs
        }
    }
}

extension JSON {
    /// The greatest whole number that every reader of JSON keeps exact.
    static let wholeMax: Int64 = 9_007_199_254_740_991

    /// A number, `7.0` and `7e0` among them, or digits in a string.
    fileprivate var wholeNumber: Int64? {
        switch self {
        case .string(let text): Parameter.number(text)
        case .number(let token): Int64(token) ?? Double(token).flatMap(Int64.init(exactly:))
        case .null, .bool, .array, .object: nil
        }
    }
}
