/// A node as it can be read: its known fields, and what stands in them.
struct PageNode {
    let type: String
    let id: String
    let known: Set<String>
    /// What is given when no field is asked for.
    let defaults: [String]
    let values: [String: Value?]

    func document(_ asked: [FieldSelection]) throws(GraphFailure) -> Value {
        let fields = asked.isEmpty ? defaults.map { FieldSelection(name: $0) } : asked
        var members: [Value.Member] = []
        for field in fields where field.name != "id" {
            guard known.contains(field.name) else {
                throw .parameter("Tried accessing nonexisting field (\(field.name)) on node type (\(type))")
            }
            guard let found = values[field.name], let value = found else { continue }
            members.append(.init(key: field.name, value: value.part(field.children)))
        }
        let own = Value.Member(key: "id", value: .string(id))
        if fields.first?.name == "id" { members.insert(own, at: 0) } else { members.append(own) }
        return .object(members)
    }
}

extension Value {
    /// Of an object only the members that are asked for, and its id.
    func part(_ children: [FieldSelection]) -> Value {
        guard case .object(let members) = self, !children.isEmpty else { return self }
        let wanted = Set(children.map(\.name))
        return .object(members.filter { wanted.contains($0.key) || $0.key == "id" })
    }
}
