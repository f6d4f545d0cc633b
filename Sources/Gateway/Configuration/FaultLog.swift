import Yams

/// Collects what is wrong with one file while it is read, so that all of it is told at once.
///
/// A class because every cursor into the file writes to the same list; never leaves the call that reads the file.
final class FaultLog {
    let file: String
    /// Nil: values are not taken from the environment (rule files).
    let environment: [String: String]?
    /// What is missing on this machine (variables, files) is stood in for: a configuration is tried out, not served.
    let standsIn: Bool
    /// What paths of secrets are relative to.
    let directory: String
    /// Kept alive for the anchors of its nodes, which refer to it weakly.
    var parser: Parser?
    private(set) var entries: [ConfigurationFault] = []

    init(file: String, environment: [String: String]?, directory: String = ".", standsIn: Bool = false) {
        self.file = file
        self.environment = environment
        self.directory = directory
        self.standsIn = standsIn
    }

    func add(
        _ message: String, _ severity: ConfigurationFault.Severity = .fault, line: Int = 0, column: Int = 0, path: String = ""
    ) {
        entries.append(ConfigurationFault(severity, file: file, line: line, column: column, keyPath: path, message: message))
    }

    /// Faults and warnings in the order of the lines.
    var sorted: [ConfigurationFault] {
        entries.enumerated()
            .sorted { ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset) }
            .map(\.element)
    }
}
