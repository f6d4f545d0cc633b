import Core

/// Checks a document against as much of JSON Schema as the description of the admin port uses.
struct SchemaChecker {
    /// The whole description, for references.
    let document: JSON

    func faults(_ value: JSON, _ schema: JSON, at path: String = "$") -> [String] {
        if let reference = schema["$ref"]?.text {
            let parts = reference.split(separator: "/").dropFirst().map(String.init)
            guard let found = parts.reduce(JSON?.some(document), { $0?[$1] }) else {
                return ["\(path): \(reference) is not there"]
            }
            return faults(value, found, at: path)
        }
        if let choices = schema["anyOf"]?.items {
            return choices.contains { faults(value, $0, at: path).isEmpty } ? [] : ["\(path): none of the choices"]
        }
        let types = schema["type"].map { $0.text.map { [$0] } ?? $0.items.compactMap(\.text) } ?? []
        guard types.contains(type(of: value)) || (types.contains("number") && type(of: value) == "integer") else {
            return ["\(path): \(type(of: value)), not \(types)"]
        }
        var found: [String] = []
        if let words = schema["enum"]?.items, value != .null, !words.contains(value) {
            found.append("\(path): \(value) is no choice")
        }
        if let least = schema["minimum"]?.integer, let number = value.integer, value.text == nil, number < least {
            found.append("\(path): \(number) is under \(least)")
        }
        for (number, item) in value.items.enumerated() {
            if let items = schema["items"] { found += faults(item, items, at: "\(path)[\(number)]") }
        }
        return found + members(value, schema, at: path)
    }

    private func members(_ value: JSON, _ schema: JSON, at path: String) -> [String] {
        guard case .object = value else { return [] }
        let missing = (schema["required"]?.items ?? []).compactMap(\.text).filter { value[$0] == nil }.map { "\(path): no \($0)" }
        let extra =
            schema["additionalProperties"] == false
            ? value.members.filter { schema["properties"]?[$0.key] == nil }.map { "\(path): \($0.key) is not described" } : []
        return missing + extra
            + value.members.flatMap { member in
                schema["properties"]?[member.key].map { faults(member.value, $0, at: "\(path).\(member.key)") } ?? []
            }
    }

    private func type(of value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .number(let token): Int64(token) == nil ? "number" : "integer"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
