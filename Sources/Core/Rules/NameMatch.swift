/// What an entity's name has to look like, by characters and with case.
package enum NameMatch: Sendable, Equatable {
    case contains(String)
    case equals(String)
    case startsWith(String)
    case endsWith(String)

    package static let keys = ["contains", "equals", "starts_with", "ends_with"]

    /// From the key and the text of a rule file: `contains: "Summer"`.
    package init(key: String, text: String) throws(RuleTextError) {
        guard !text.isEmpty else { throw RuleTextError("The text of “\(key)” is empty: expected a part of the name.") }
        switch key {
        case "contains": self = .contains(text)
        case "equals": self = .equals(text)
        case "starts_with": self = .startsWith(text)
        case "ends_with": self = .endsWith(text)
        default: throw RuleTextError("“\(key)” is no way to match a name: expected \(Self.keys.joined(separator: ", ")).")
        }
    }

    package func matches(_ name: String) -> Bool {
        switch self {
        case .contains(let part): name.contains(part)
        case .equals(let whole): name == whole
        case .startsWith(let start): name.hasPrefix(start)
        case .endsWith(let end): name.hasSuffix(end)
        }
    }
}
