import Yams

/// One node of a YAML file with its key path: reads it as what is expected there, or says what is wrong and gives nil.
struct Cursor {
    let node: Node
    /// `workspaces[0].accounts`.
    let path: String
    let log: FaultLog

    func fault(_ message: String) {
        log.add(message, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, path: path)
    }

    func warn(_ message: String) {
        log.add(message, .warning, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, path: path)
    }

    /// Says what was found and what was expected.
    func refuse(_ found: String? = nil, expected: String) {
        fault("found \(found ?? self.found), expected \(expected).")
    }

    /// What stands here, for a sentence. A text is quoted only when it came from the file itself.
    var found: String {
        switch node {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .alias: return "an alias"
        case .scalar(let scalar):
            if isNull { return "nothing" }
            if scalar.string.contains("${") { return "the value of \(scalar.string)" }
            return scalar.string.unicodeScalars.count > 60 ? "a long text" : "\"\(scalar.string)\""
        }
    }

    /// The same without quoting a text: where a list or a mapping belongs, it may be a secret in the wrong place.
    var unquoted: String { isScalar && !isNull ? "a text" : found }

    /// `~`, `null` or nothing, unquoted.
    var isNull: Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// A value of its own, neither list nor mapping.
    var isScalar: Bool {
        if case .scalar = node { true } else { false }
    }

    // MARK: Shapes

    /// The members of a mapping whose keys are all among `keys`; those of `required` that are missing are faults.
    ///
    /// `listed` are the keys that a sentence names, where `keys` has more.
    func members(_ keys: [String], required: [String] = [], listed: [String]? = nil) -> Members? {
        guard takesNoAnchor() else { return nil }
        let listed = listed ?? keys
        guard case .mapping(let mapping) = node else {
            refuse(unquoted, expected: "a mapping with \(NearMiss.list(listed, "and"))")
            return nil
        }
        var found: [String: Cursor] = [:]
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                Cursor(node: key, path: path, log: log).refuse(expected: "a key: \(NearMiss.list(listed))")
                continue
            }
            let name = scalar.string
            let child = Cursor(node: value, path: path.isEmpty ? name : "\(path).\(name)", log: log)
            guard keys.contains(name) else {
                let hint = NearMiss.hint(name, among: listed, end: "; expected \(NearMiss.list(listed)).")
                log.add("unknown key\(hint)", line: key.mark?.line ?? 0, column: key.mark?.column ?? 0, path: child.path)
                continue
            }
            found[name] = child
        }
        for name in required where found[name] == nil {
            fault("\(name) is missing.")
        }
        return Members(at: self, values: found)
    }

    /// The keys of a mapping, as they stand.
    var keys: [String] {
        guard case .mapping(let mapping) = node else { return [] }
        return mapping.keys.compactMap(\.scalar?.string)
    }

    var line: Int { node.mark?.line ?? 0 }

    /// The key and the value of a mapping with one member.
    func onlyMember() -> (key: String, value: Cursor)? {
        guard case .mapping(let mapping) = node, mapping.count == 1, node.anchor == nil, let (key, value) = mapping.first,
            case .scalar(let scalar) = key
        else { return nil }
        return (scalar.string, Cursor(node: value, path: "\(path).\(scalar.string)", log: log))
    }

    /// The members of a mapping whose keys are free, in their order.
    func entries(of what: String) -> [(key: String, value: Cursor)]? {
        guard takesNoAnchor() else { return nil }
        guard case .mapping(let mapping) = node else {
            refuse(unquoted, expected: "a mapping of \(what)")
            return nil
        }
        return mapping.compactMap { key, value in
            key.scalar.map { ($0.string, Cursor(node: value, path: "\(path).\($0.string)", log: log)) }
        }
    }

    /// The elements of a list; a value by itself counts as a list of one where `orOne` says so.
    func items(orOne: Bool = false, of what: String) -> [Cursor]? {
        guard takesNoAnchor() else { return nil }
        switch node {
        case .sequence(let sequence):
            return sequence.enumerated().map { Cursor(node: $1, path: "\(path)[\($0)]", log: log) }
        case .scalar where orOne && !isNull:
            return [self]
        case .scalar, .mapping, .alias:
            refuse(unquoted, expected: "a list of \(what)")
            return nil
        }
    }

    /// A value of its own as text, with `${NAME}` and `${file:PATH}` replaced. Anything but nothing, a list or a mapping.
    func text(_ what: String) -> String? {
        guard takesNoAnchor() else { return nil }
        guard case .scalar(let scalar) = node, !isNull else {
            refuse(expected: what)
            return nil
        }
        return expanded(scalar.string, what)
    }

    /// A key, token or secret: from the environment or a file of its own, or a warning that it stands in the file.
    func secret(_ what: String) -> Secret? {
        guard let text = text("\(what), as ${NAME} from the environment") else { return nil }
        guard !text.isEmpty else {
            refuse("an empty text", expected: "\(what), as ${NAME} from the environment")
            return nil
        }
        if case .scalar(let scalar) = node, !scalar.string.contains("${") {
            warn("a secret stands in the file itself; write ${NAME} and give it through the environment.")
        }
        return Secret(text)
    }

    /// YAML's anchors and aliases let one line mean many; a configuration says what it means where it means it.
    private func takesNoAnchor() -> Bool {
        if case .alias = node {} else if node.anchor == nil { return true }
        fault("found an anchor or alias (& or *), expected the value itself.")
        return false
    }
}

/// The members of a mapping, by key.
struct Members {
    let at: Cursor
    let values: [String: Cursor]

    subscript(_ key: String) -> Cursor? { values[key] }

    init(at: Cursor, values: [String: Cursor]) {
        self.at = at
        self.values = values
    }
}
