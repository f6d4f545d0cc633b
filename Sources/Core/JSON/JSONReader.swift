// The reader is a loop over bytes with three stacks instead of recursion: `frames` are the containers that are open, `values` and
// `keys` hold what they have gathered so far. A value that is complete either ends the document or is pushed for the innermost
// frame; a closing bracket pops the frame's share of the stacks and is itself a complete value.

/// Reads one JSON document from bytes.
struct JSONReader {
    private struct Frame {
        let isObject: Bool
        let values: Int
        let keys: Int
    }

    private let bytes: [UInt8]
    private var at = 0
    private var frames: [Frame] = []
    private var values: [JSON] = []
    private var keys: [String] = []
    private var unescaped: [UInt8] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(JSONError) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        while true {
            skipSpace()
            guard let value = try valueOrOpening() else { continue }
            if let whole = try settle(value) { return whole }
        }
    }

    /// A scalar or an empty container; nil when a container was opened whose first value (after its key) comes next.
    private mutating func valueOrOpening() throws(JSONError) -> JSON? {
        switch try peek() {
        case UInt8(ascii: "{"): return try open(isObject: true)
        case UInt8(ascii: "["): return try open(isObject: false)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func open(isObject: Bool) throws(JSONError) -> JSON? {
        guard frames.count < Limits.jsonDepthMax else { throw .tooDeep(offset: at) }
        at += 1
        skipSpace()
        if try peek() == Self.closing(isObject) {
            at += 1
            return isObject ? .object(JSONObject()) : .array([])
        }
        frames.append(Frame(isObject: isObject, values: values.count, keys: keys.count))
        if isObject { keys.append(try key()) }
        return nil
    }

    /// Hands a complete value to its container and closes what ends with it; the whole document when nothing is open any more.
    private mutating func settle(_ value: JSON) throws(JSONError) -> JSON? {
        var value = value
        while let frame = frames.last {
            values.append(value)
            skipSpace()
            switch try peek() {
            case UInt8(ascii: ","):
                at += 1
                skipSpace()
                if frame.isObject { keys.append(try key()) }
                return nil
            case Self.closing(frame.isObject):
                at += 1
                value = close(frame)
            default: throw .unexpected(offset: at)
            }
        }
        skipSpace()
        guard at == bytes.count else { throw .trailing(offset: at) }
        return value
    }

    // No slice of a stack may be alive when the stack is cut: it would copy the whole stack at every bracket.
    private mutating func close(_ frame: Frame) -> JSON {
        frames.removeLast()
        let value = frame.isObject ? JSON.object(JSONObject(members(of: frame))) : .array(Array(values[frame.values...]))
        values.removeLast(values.count - frame.values)
        keys.removeLast(keys.count - frame.keys)
        return value
    }

    private func members(of frame: Frame) -> [JSONObject.Member] {
        (0..<(values.count - frame.values)).map { index in
            JSONObject.Member(key: keys[frame.keys + index], value: values[frame.values + index])
        }
    }

    private static func closing(_ isObject: Bool) -> UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

    private func peek() throws(JSONError) -> UInt8 {
        guard at < bytes.count else { throw .endsEarly }
        return bytes[at]
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 { at += 1 }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        for offset in 0..<word.utf8CodeUnitCount {
            guard try peek() == word.utf8Start[offset] else { throw .unexpected(offset: at) }
            at += 1
        }
        return value
    }

    // MARK: numbers

    private mutating func number() throws(JSONError) -> String {
        let start = at
        if try peek() == UInt8(ascii: "-") { at += 1 }
        if try peek() == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            let sign = try peek()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    /// One digit or more.
    private mutating func digits() throws(JSONError) {
        let start = at
        while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
        guard at > start else { throw at < bytes.count ? .unexpected(offset: at) : .endsEarly }
    }

    // MARK: strings

    private mutating func key() throws(JSONError) -> String {
        guard try peek() == UInt8(ascii: "\"") else { throw .unexpected(offset: at) }
        let key = try string()
        skipSpace()
        guard try peek() == UInt8(ascii: ":") else { throw .unexpected(offset: at) }
        at += 1
        return key
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        skipPlain()
        if try peek() == UInt8(ascii: "\"") {
            at += 1
            return String(decoding: bytes[start..<(at - 1)], as: UTF8.self)
        }
        return try escapedString(from: start)
    }

    /// To the next quote, backslash, control character or the end.
    private mutating func skipPlain() {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { return }
            at += 1
        }
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        unescaped.removeAll(keepingCapacity: true)
        unescaped.append(contentsOf: bytes[start..<at])
        while true {
            switch try peek() {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: unescaped, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape()
            default: throw .unexpected(offset: at)
            }
            let plain = at
            skipPlain()
            unescaped.append(contentsOf: bytes[plain..<at])
        }
    }

    private mutating func escape() throws(JSONError) {
        at += 1
        let letter = try peek()
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
        case UInt8(ascii: "b"): unescaped.append(0x08)
        case UInt8(ascii: "f"): unescaped.append(0x0C)
        case UInt8(ascii: "n"): unescaped.append(0x0A)
        case UInt8(ascii: "r"): unescaped.append(0x0D)
        case UInt8(ascii: "t"): unescaped.append(0x09)
        case UInt8(ascii: "u"): unescaped.append(contentsOf: Character(try scalar()).utf8)
        default: throw .unexpected(offset: at - 1)
        }
    }

    /// The scalar of `\uXXXX`, with its other half when it is a surrogate; U+FFFD for a half alone.
    private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let unit = try hexUnit()
        guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) ?? replacement }
        guard bytes[at...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else { return replacement }
        let before = at
        at += 2
        let low = try hexUnit()
        guard (0xDC00..<0xE000).contains(low) else {
            at = before
            return replacement
        }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? replacement
    }

    private mutating func hexUnit() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Self.hexValue(try peek()) else { throw .unexpected(offset: at) }
            unit = unit << 4 | digit
            at += 1
        }
        return unit
    }

    private static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte) - 0x30
        case 0x41...0x46: UInt32(byte) - 0x37
        case 0x61...0x66: UInt32(byte) - 0x57
        default: nil
        }
    }
}
