/// Something that breaks a rule of the house, and where.
struct Finding: Hashable, CustomStringConvertible {
    let file: String
    /// From 1; 0 for the file as a whole.
    let line: Int
    let message: String

    init(_ file: String, _ line: Int = 0, _ message: String) {
        self.file = file
        self.line = line
        self.message = message
    }

    var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}
