/// Why bytes are not a JSON document that we read. Holds places, never content.
package enum JSONError: Error, Equatable {
    /// A byte that the grammar does not allow here.
    case unexpected(offset: Int)
    /// The bytes end inside the document.
    case endsEarly
    /// Nested deeper than `Limits.jsonDepthMax`.
    case tooDeep(offset: Int)
    /// Something follows the document.
    case trailing(offset: Int)

    /// A sentence for people.
    package var sentence: String {
        switch self {
        case .unexpected(let offset): "Not JSON: unexpected byte at \(offset)."
        case .endsEarly: "Not JSON: ends early."
        case .tooDeep(let offset): "Nested deeper than \(Limits.jsonDepthMax) at byte \(offset)."
        case .trailing(let offset): "Not JSON: more bytes after the document, at \(offset)."
        }
    }
}
