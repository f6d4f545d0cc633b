/// What somebody changes in a stored conversion, to mend it. May hold personal values as people write them: it is never stored or logged.
package struct ConversionEdit: Sendable, Equatable {
    /// A member at any depth, from the event down.
    package struct Path: Sendable, Equatable {
        let keys: [String]

        /// `custom_data.contents.0.id`, or as findings name it: `$['custom_data']['contents'][0]['id']`.
        package init?(_ text: String) {
            let keys = text.hasPrefix("$") ? Self.steps(text.dropFirst()) : Self.names(text)
            guard let keys, (1...Limits.conversionDepthMax).contains(keys.count), keys.allSatisfy(Self.isKey) else { return nil }
            self.keys = keys
        }

        private static func names(_ text: String) -> [String] {
            text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        }

        /// `['a'][0]`; nil for anything else.
        private static func steps(_ text: Substring) -> [String]? {
            guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
            return text.dropFirst().dropLast().split(separator: "][", omittingEmptySubsequences: false).map { step in
                guard step.hasPrefix("'"), step.hasSuffix("'"), step.utf8.count > 2 else { return String(step) }
                return String(step.dropFirst().dropLast())
            }
        }

        private static func isKey(_ key: String) -> Bool {
            (1...64).contains(key.utf8.count)
                && key.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
        }
    }

    /// In this order, after everything in `unset`.
    package let set: [(path: Path, value: JSON)]
    package let unset: [Path]

    /// Nothing is changed.
    package static let none = ConversionEdit(set: [], unset: [])

    package init(set: [(path: Path, value: JSON)], unset: [Path]) {
        self.set = set
        self.unset = unset
    }

    /// `{"set": {path: value}, "unset": [path]}`: one of them or both, with something in it; other members are not looked at.
    package init(_ document: JSON) throws(ConversionEditFault) {
        guard document.isObject, document["set"]?.isObject ?? true, document["unset"].map(Self.isList) ?? true else {
            throw .malformed
        }
        var set: [(path: Path, value: JSON)] = []
        for (name, value) in document["set"]?.members ?? [] { set.append((try Self.path(name), value)) }
        var unset: [Path] = []
        for item in document["unset"]?.items ?? [] { unset.append(try Self.path(item.text ?? "")) }
        let isEmpty = document["set"] == nil && document["unset"] == nil
        guard !isEmpty, document["set"] == nil || !set.isEmpty, document["unset"] == nil || !unset.isEmpty else {
            throw .malformed
        }
        self.init(set: set, unset: unset)
    }

    /// The document of an edit as a person writes it: `PATH=VALUE` and paths of what goes; nil where one has no `=`. A value that is
    /// no JSON is a text.
    package static func document(assignments: [String], removals: [String]) -> JSON? {
        var set: [JSONObject.Member] = []
        for text in assignments {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { return nil }
            set.append(.init(key: parts[0], value: (try? JSON.parse(Array(parts[1].utf8))) ?? .string(parts[1])))
        }
        var members: [JSONObject.Member] = []
        if !set.isEmpty { members.append(.init(key: "set", value: .object(JSONObject(set)))) }
        if !removals.isEmpty { members.append(.init(key: "unset", value: .array(removals.map(JSON.string)))) }
        return .object(JSONObject(members))
    }

    private static func isList(_ value: JSON) -> Bool {
        if case .array = value { true } else { false }
    }

    private static func path(_ text: String) throws(ConversionEditFault) -> Path {
        guard let path = Path(text) else { throw .pathInvalid }
        return path
    }

    package static func == (a: ConversionEdit, b: ConversionEdit) -> Bool {
        a.unset == b.unset && a.set.elementsEqual(b.set) { $0.path == $1.path && $0.value == $1.value }
    }

    /// The event after the edit. What makes it the event that it is, its name and its id, can be given where it has none, and not changed.
    package func applied(to event: JSON) throws(ConversionEditFault) -> JSON {
        for path in unset + set.map(\.path) {
            guard let first = path.keys.first, first != ConversionDecoder.ownMember else { throw .notEditable }
            if ["event_name", "event_id"].contains(first), event[first]?.text?.isEmpty == false { throw .identity(first) }
        }
        var edited = event
        for path in unset { edited = try Self.setting(edited, path.keys[...], to: nil) }
        for (path, value) in set { edited = try Self.setting(edited, path.keys[...], to: value) }
        return edited
    }

    /// Objects that are missing on the way are made; an element of a list must be there, or be the next.
    private static func setting(_ value: JSON, _ keys: ArraySlice<String>, to new: JSON?) throws(ConversionEditFault) -> JSON {
        guard let key = keys.first else { return new ?? .null }
        let rest = keys.dropFirst()
        switch value {
        case .object(var object):
            guard !rest.isEmpty else {
                object[key] = new
                return .object(object)
            }
            guard object[key] != nil || new != nil else { return value }
            object[key] = try setting(object[key] ?? .object(JSONObject()), rest, to: new)
            return .object(object)
        case .array(var items):
            guard let index = Int(key), index >= 0, index < items.count || (index == items.count && new != nil) else {
                throw .noSuchPlace
            }
            if rest.isEmpty, new == nil {
                items.remove(at: index)
            } else {
                let changed = try setting(index < items.count ? items[index] : .object(JSONObject()), rest, to: new)
                if index < items.count { items[index] = changed } else { items.append(changed) }
            }
            return .array(items)
        case .null, .bool, .number, .string:
            throw .noSuchPlace
        }
    }
}

/// Why an edit can't be made. Repeats nothing of it: there may be personal values in it.
package enum ConversionEditFault: Error, Sendable, Equatable {
    case malformed
    case pathInvalid
    case noSuchPlace
    /// Our own member of a stored event.
    case notEditable
    /// A name or an id that the event has.
    case identity(String)

    /// For people.
    package var sentence: String {
        switch self {
        case .malformed: "Send set, an object of paths and values, or unset, a list of paths, or both, with something in it."
        case .pathInvalid: "A path is keys with dots between them, such as custom_data.value, or as the finding names it."
        case .noSuchPlace: "A path leads into a value that has no members, or past the end of a list."
        case .notEditable: "What this gateway notes of an event, _touchstone, can't be edited; neither can consent."
        case .identity(let key): "\(key) can't be changed: it would be another event. It can be given where there is none."
        }
    }
}
