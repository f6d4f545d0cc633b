import Foundation

/// A JSON value that can be written down in a test's arguments.
indirect enum JSONLiteral: Sendable {
    case text(String)
    case number(Int64)
    case decimal(Double)
    case bool(Bool)
    case array([JSONLiteral])
    case object([String: JSONLiteral])
    case null
    /// No value: the member is taken out.
    case gone

    /// As Foundation's writer takes it; nil for what is gone.
    var object: Any? {
        switch self {
        case .text(let text): text
        case .number(let number): number
        case .decimal(let number): number
        case .bool(let truth): truth
        case .array(let items): items.compactMap(\.object)
        case .object(let members): members.compactMapValues(\.object)
        case .null: NSNull()
        case .gone: nil
        }
    }

    var encoded: String {
        let data = try? JSONSerialization.data(withJSONObject: object ?? NSNull(), options: [.fragmentsAllowed, .sortedKeys])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

extension JSONLiteral: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int64) { self = .number(number) }
    init(floatLiteral number: Double) { self = .decimal(number) }
    init(booleanLiteral truth: Bool) { self = .bool(truth) }
    init(arrayLiteral items: JSONLiteral...) { self = .array(items) }
    init(dictionaryLiteral members: (String, JSONLiteral)...) { self = .object(Dictionary(members) { _, last in last }) }
    init(nilLiteral: ()) { self = .null }
}
