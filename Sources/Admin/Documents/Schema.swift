import Core

/// Schemas of answers, in the words of JSON Schema.
enum Schema {
    static let id: JSON = [
        "type": "string", "pattern": "^-?[0-9]+$", "description": "A decimal id; text, so that no reader rounds it.",
    ]
    static let text: JSON = ["type": "string"]
    static let count: JSON = ["type": "integer", "format": "int64", "minimum": 0]
    static let time: JSON = ["type": "integer", "format": "int64", "description": "ms since 1970."]
    static let truth: JSON = ["type": "boolean"]

    static func orNull(_ schema: JSON) -> JSON {
        guard case .object(let object) = schema, let type = schema["type"] else { return ["anyOf": [schema, ["type": "null"]]] }
        let members = object.members.map { $0.key == "type" ? ("type", JSON.array([type, "null"])) : ($0.key, $0.value) }
        return .object(JSONObject(members.map { .init(key: $0.0, value: $0.1) }))
    }

    static func choice(_ words: [String]) -> JSON { ["type": "string", "enum": .array(words.map(JSON.string))] }

    static func list(_ schema: JSON) -> JSON { ["type": "array", "items": schema] }

    /// All members are always there.
    static func object(_ members: [(String, JSON)]) -> JSON {
        [
            "type": "object", "additionalProperties": false, "required": .array(members.map { .string($0.0) }),
            "properties": .object(JSONObject(members.map { .init(key: $0.0, value: $0.1) })),
        ]
    }

    static func named(_ name: String) -> JSON { ["$ref": .string("#/components/schemas/\(name)")] }

    /// Every answer's, by name.
    static let all: [(name: String, schema: JSON)] =
        events + queues + standings + quarantine + conversionFigures + [
            ("Problem", Problem.schema),
            ("Hold", object([("scope", text), ("until_ms", orNull(time)), ("held", truth)])),
            ("Release", object([("scope", text), ("released", count), ("held", truth)])),
            ("Retried", object([("jobs", count), ("messages", count)])),
            ("LeadRetried", object([("lead_id", text), ("jobs", count), ("messages", count)])),
            (
                "Erased",
                object([
                    ("leads", count), ("social_engagements", count), ("conversion_events", count), ("deliveries", count),
                    ("outbox", count), ("jobs", count),
                ])
            ),
            ("Status", object([("status", text), ("since_ms", time), ("now_ms", time)])),
            (
                "Session",
                object([("name", text), ("may", choice(AdminMay.allCases.map(\.rawValue))), ("ends_at_ms", orNull(time))])
            ),
            ("LoggedOut", object([("ended", truth)])),
            ("LogLevel", object([("level", text)])),
            ("Description", ["type": "object"]),
        ]
}
