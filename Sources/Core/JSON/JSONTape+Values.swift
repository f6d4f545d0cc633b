extension JSONTape {
    /// The value at a place.
    func value(_ place: Int) -> JSON {
        switch kind(place) {
        case .null: .null
        case .yes: .bool(true)
        case .no: .bool(false)
        case .number: .number(String(decoding: slice(place), as: UTF8.self))
        case .string, .key: .string(text(place))
        case .array: .array(children(place).map(value))
        case .object: .object(object(place))
        }
    }

    /// An object without the members that `isLeftOut` names.
    func object(_ place: Int, leavingOut isLeftOut: (String) -> Bool = { _ in false }) -> JSONObject {
        var members: [JSONObject.Member] = []
        for child in children(place) {
            let key = text(child - 1)
            if !isLeftOut(key) { members.append(JSONObject.Member(key: key, value: value(child))) }
        }
        return JSONObject(members)
    }

    /// A text, or a key, as it is meant.
    func text(_ place: Int) -> String {
        let node = nodes[place]
        guard node.hasEscape else { return String(decoding: slice(place), as: UTF8.self) }
        let range = range(place)
        let quoted = bytes[(range.lowerBound - 1)...range.upperBound]
        guard let text = try? JSON.parse(quoted).text else { return String(decoding: slice(place), as: UTF8.self) }
        return text
    }

    // MARK: writing

    /// Whether the text stands in the bytes as the canonical form writes it: without escapes, in UTF-8 that is valid.
    func isCanonical(_ place: Int) -> Bool {
        let node = nodes[place]
        guard !node.isPlain else { return true }
        return !node.hasEscape && String(validating: slice(place), as: UTF8.self) != nil
    }

    /// Whether `write` may be asked for a value: every text in it is canonical, and no object has a key twice or more than a few.
    func isWritable(_ place: Int) -> Bool {
        for inner in place..<next(place) {
            switch kind(inner) {
            case .string, .key: guard isCanonical(inner) else { return false }
            case .object: guard hasDistinctKeys(inner) else { return false }
            case .null, .yes, .no, .number, .array: break
            }
        }
        return true
    }

    private static let membersMax = 32

    private func hasDistinctKeys(_ object: Int) -> Bool {
        var count = 0
        for child in children(object) {
            guard count < Self.membersMax else { return false }
            count += 1
            for earlier in children(object) {
                guard earlier < child else { break }
                if isSame(earlier - 1, child - 1) { return false }
            }
        }
        return true
    }

    /// Appends a value in the canonical form, keys sorted and nulls left out. Only where it `isWritable`.
    func write(_ place: Int, to out: inout [UInt8]) {
        switch kind(place) {
        case .null, .yes, .no, .number: out.append(contentsOf: slice(place))
        case .string, .key: writeText(place, to: &out)
        case .array:
            var separator = UInt8(ascii: "[")
            for child in children(place) where kind(child) != .null {
                out.append(separator)
                separator = UInt8(ascii: ",")
                write(child, to: &out)
            }
            if separator == UInt8(ascii: "[") { out.append(separator) }
            out.append(UInt8(ascii: "]"))
        case .object:
            let members = children(place).lazy.filter { kind($0) != .null }
            out.append(UInt8(ascii: "{"))
            if isSorted(place) { write(members, to: &out) } else { write(members.sorted(by: precedes), to: &out) }
            out.append(UInt8(ascii: "}"))
        }
    }

    private func write(_ members: some Sequence<Int>, to out: inout [UInt8]) {
        var isFirst = true
        for member in members {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            writeMember(member, to: &out)
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool { slice(a - 1).lexicographicallyPrecedes(slice(b - 1)) }

    private func isSorted(_ object: Int) -> Bool {
        var before: Int?
        for child in children(object) {
            if let before, !precedes(before, child) { return false }
            before = child
        }
        return true
    }

    /// A value with its key before it.
    func writeMember(_ place: Int, to out: inout [UInt8]) {
        writeText(place - 1, to: &out)
        out.append(UInt8(ascii: ":"))
        write(place, to: &out)
    }

    private func writeText(_ place: Int, to out: inout [UInt8]) {
        let range = range(place)
        out.append(contentsOf: bytes[(range.lowerBound - 1)...range.upperBound])
    }
}
