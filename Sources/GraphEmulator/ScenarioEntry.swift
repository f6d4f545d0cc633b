import Yams

/// What is wrong with a scenario, and where.
package struct ScenarioError: Error, CustomStringConvertible, Equatable {
    /// Where: `accounts[0].campaigns[2].status`.
    package let path: String
    package let reason: String

    package var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

/// One place in a scenario's YAML. Every scalar is read as the text that was written, so no number loses a digit.
struct ScenarioEntry {
    private let node: Node
    let path: String

    init(node: Node, path: String = "") {
        self.node = node
        self.path = path
    }

    init(yaml: String) throws(ScenarioError) {
        do {
            guard let node = try Yams.compose(yaml: yaml) else { throw ScenarioError(path: "", reason: "is empty") }
            self.init(node: node)
        } catch let error as ScenarioError {
            throw error
        } catch {
            throw ScenarioError(path: "", reason: "is not YAML: \(error)")
        }
    }

    var isNull: Bool {
        guard let scalar = node.scalar, scalar.style == .plain else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }

    var isMapping: Bool { node.mapping != nil }

    var isList: Bool { node.sequence != nil }

    func fault(_ reason: String) -> ScenarioError { ScenarioError(path: path, reason: reason) }

    subscript(_ key: String) -> ScenarioEntry? {
        guard let found = node.mapping?.first(where: { $0.key.scalar?.string == key })?.value else { return nil }
        let entry = ScenarioEntry(node: found, path: path.isEmpty ? key : "\(path).\(key)")
        return entry.isNull ? nil : entry
    }

    func keys(among known: Set<String>) throws(ScenarioError) {
        for (key, _) in try members() where !known.contains(key) {
            throw fault("doesn't know the key '\(key)'")
        }
    }

    func members() throws(ScenarioError) -> [(key: String, entry: ScenarioEntry)] {
        guard let mapping = node.mapping else { throw fault("must be a mapping") }
        var members: [(key: String, entry: ScenarioEntry)] = []
        for pair in mapping {
            guard let key = pair.key.scalar?.string else { throw fault("has a key that is not a text") }
            members.append((key, ScenarioEntry(node: pair.value, path: path.isEmpty ? key : "\(path).\(key)")))
        }
        return members
    }

    func items() throws(ScenarioError) -> [ScenarioEntry] {
        guard let sequence = node.sequence else { throw fault("must be a list") }
        return sequence.enumerated().map { ScenarioEntry(node: $0.element, path: "\(path)[\($0.offset)]") }
    }

    /// The items of a list that may be left out.
    func list(_ key: String) throws(ScenarioError) -> [ScenarioEntry] { try self[key]?.items() ?? [] }

    func text() throws(ScenarioError) -> String {
        guard let scalar = node.scalar else { throw fault("must be a text or a number") }
        return scalar.string
    }

    func text(_ key: String) throws(ScenarioError) -> String? { try self[key]?.text() }

    func needed(_ key: String) throws(ScenarioError) -> String {
        guard let text = try text(key), !text.isEmpty else { throw fault("needs '\(key)'") }
        return text
    }

    func integer(_ key: String) throws(ScenarioError) -> Int64? {
        guard let entry = self[key] else { return nil }
        guard let integer = Int64(try entry.text()) else { throw entry.fault("must be a whole number") }
        return integer
    }

    func flag(_ key: String) throws(ScenarioError) -> Bool? {
        guard let entry = self[key] else { return nil }
        switch try entry.text() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        case _: throw entry.fault("must be true or false")
        }
    }

    func amount() throws(ScenarioError) -> Amount {
        guard let amount = Amount(text: try text()) else {
            throw fault("must be a decimal number without a sign, six places at most")
        }
        return amount
    }

    /// The same as a JSON value: quoted scalars are strings, plain ones what JSON would call them.
    var value: Value {
        switch node {
        case .scalar(let scalar):
            guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
            if isNull { return .null }
            if scalar.string == "true" || scalar.string == "false" { return .bool(scalar.string == "true") }
            return JSONReader.isNumber(scalar.string) ? .number(scalar.string) : .string(scalar.string)
        case .sequence(let sequence):
            return .array(sequence.map { ScenarioEntry(node: $0).value })
        case .mapping(let mapping):
            return .object(
                mapping.map { .init(key: $0.key.scalar?.string ?? "", value: ScenarioEntry(node: $0.value).value) })
        case .alias:
            return .null
        }
    }
}
