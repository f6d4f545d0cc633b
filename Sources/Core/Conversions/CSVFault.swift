/// Why a table can't be read. Lines are counted from 1; no value of the table is repeated.
package enum CSVFault: Error, Equatable {
    case empty
    case tooLarge
    case notUTF8
    case quoteOpen(line: Int)
    case textBehindQuote(line: Int)
    case tooManyColumns(line: Int)
    /// `columns`: those that there are.
    case columnMissing(String, columns: [String])
    case columnTwice(String)
    case fieldMissing(String, line: Int)

    package var sentence: String {
        switch self {
        case .empty: "The file is empty: its first line names the columns."
        case .tooLarge: "The file is larger than \(Limits.csvBytesMax / (1024 * 1024)) MiB: split it."
        case .notUTF8: "The file is in UTF-16: save it as CSV in UTF-8."
        case .quoteOpen(let line): "Line \(line): a quote opens here and is never closed."
        case .textBehindQuote(let line):
            "Line \(line): text follows a closing quote. A quote within a field is written twice."
        case .tooManyColumns(let line): "Line \(line) has more than \(Limits.csvColumnsMax) fields."
        case .columnMissing(let name, let columns):
            "Line 1: there is no column \(name). There are: \(columns.prefix(30).joined(separator: ", ")). Name one with --column."
        case .columnTwice(let name): "Line 1: there are two columns \(name)."
        case .fieldMissing(let name, let line): "Line \(line) is too short: it has no \(name)."
        }
    }
}
