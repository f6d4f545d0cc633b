/// A row of Insights that can't be taken as a fact. Nothing of such an answer is stored.
package enum InsightError: Error, Equatable {
    /// The row lacks a field without which it names no entity or no day.
    case missing(field: String, row: Int)
    /// The field is there and is not what it has to be.
    case malformed(field: String, row: Int)
    /// The same action type twice in one row: the answer is split by a breakdown that was not asked for, and must not be summed.
    case repeatedAction(row: Int)
    /// The stored text of a fact's actions can't be read.
    case storedActions

    package var sentence: String {
        switch self {
        case .missing(let field, let row): "Row \(row) of the insights answer has no \(field)."
        case .malformed(let field, let row): "Row \(row) of the insights answer has a \(field) that can't be read."
        case .repeatedAction(let row): "Row \(row) of the insights answer names an action type twice."
        case .storedActions: "The stored actions of a fact can't be read."
        }
    }
}
