/// A JSON value whose objects keep the order of their members and whose numbers keep their text.
indirect enum Value: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([Value])
    case object([Member])

    struct Member: Sendable, Equatable {
        let key: String
        let value: Value
    }

    /// An optional text: a string, or `null`.
    static func optional(_ text: String?) -> Value { text.map(Value.string) ?? .null }

    static func optional(_ integer: Int?) -> Value { integer.map { .number(String($0)) } ?? .null }

    static func integer(_ integer: some BinaryInteger) -> Value { .number(String(integer)) }

    /// A member of an object; the last one of that name. Nil for anything else.
    subscript(_ key: String) -> Value? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    var items: [Value] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }

    /// The text of a string, a number or a truth value.
    var text: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let truth): truth ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    /// What the value is as a parameter: a scalar is its text, anything else JSON.
    var parameter: String { text ?? encoded(.plain) }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral text: String) { self = .string(text) }
    init(integerLiteral number: Int) { self = .number(String(number)) }
    init(booleanLiteral truth: Bool) { self = .bool(truth) }
    init(arrayLiteral items: Value...) { self = .array(items) }
    init(dictionaryLiteral members: (String, Value)...) {
        self = .object(members.map { Member(key: $0.0, value: $0.1) })
    }
}
