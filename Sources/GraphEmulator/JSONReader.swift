/// A strict JSON reader for parameters and request bodies; nesting is bounded.
struct JSONReader {
    struct Fault: Error {}

    static let depthMax = 64
    private let bytes: [UInt8]
    private var at = 0

    static func read(_ text: String) -> Value? { try? read(Array(text.utf8)) }

    static func read(_ bytes: [UInt8]) throws(Fault) -> Value {
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == bytes.count else { throw Fault() }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { at += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
        skipSpace()
        guard next == byte.asciiValue else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(Fault) -> Value {
        guard depth < Self.depthMax else { throw Fault() }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case _: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: Value) throws(Fault) -> Value {
        guard bytes[at...].starts(with: word.utf8) else { throw Fault() }
        at += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(Fault) -> Value {
        at += 1
        var members: [Value.Member] = []
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw Fault() }
            let key = try string()
            guard take(":") else { throw Fault() }
            members.append(.init(key: key, value: try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw Fault() }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Fault) -> Value {
        at += 1
        var items: [Value] = []
        if take("]") { return .array([]) }
        repeat { items.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw Fault() }
        return .array(items)
    }

    private mutating func number() throws(Fault) -> Value {
        let start = at
        while let byte = next, "+-.eE0123456789".utf8.contains(byte) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard Self.isNumber(text) else { throw Fault() }
        return .number(text)
    }

    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, over bytes: there are several in every event.
    static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let isZero = rest.first == UInt8(ascii: "0")
        guard let whole = takeDigits(&rest), whole == 1 || !isZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard takeDigits(&rest) != nil else { return false }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
            guard takeDigits(&rest) != nil else { return false }
        }
        return rest.isEmpty
    }

    /// How many digits were in front; nil: none.
    private static func takeDigits(_ text: inout Substring.UTF8View) -> Int? {
        let digits = text.prefix { (0x30...0x39).contains($0) }.count
        text.removeFirst(digits)
        return digits > 0 ? digits : nil
    }

    private mutating func string() throws(Fault) -> String {
        at += 1
        var units: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): units += Array(String(try escape()).utf8)
            case 0..<0x20: throw Fault()
            case _: units.append(byte)
            }
        }
        throw Fault()
    }

    private mutating func escape() throws(Fault) -> Unicode.Scalar {
        guard let byte = next else { throw Fault() }
        at += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "u"): return try unicode()
        case _: throw Fault()
        }
    }

    private mutating func unicode() throws(Fault) -> Unicode.Scalar {
        let high = try hex4()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xdc00, bytes[at...].starts(with: #"\u"#.utf8) else { return "\u{fffd}" }
        at += 2
        let low = try hex4()
        guard (0xdc00..<0xe000).contains(low) else { return "\u{fffd}" }
        return Unicode.Scalar(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)) ?? "\u{fffd}"
    }

    private mutating func hex4() throws(Fault) -> UInt32 {
        guard at + 4 <= bytes.count, let unit = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw Fault() }
        at += 4
        return unit
    }
}
