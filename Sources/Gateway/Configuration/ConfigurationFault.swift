/// One thing that is wrong with a configuration or a rule file, and where.
///
/// Its text never holds a value that came from the environment, nor one of a key that holds secrets.
package struct ConfigurationFault: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        /// The configuration is refused.
        case fault
        /// Worth a look; the configuration is taken.
        case warning
    }

    package let severity: Severity
    package let file: String
    /// From 1; 0 when the file as a whole is meant.
    package let line: Int
    /// From 1, counted in Unicode scalars.
    package let column: Int
    /// `workspaces[0].money.raise_per_day`; empty for the file as a whole.
    package let keyPath: String
    /// What was found and what was expected, a sentence.
    package let message: String

    package init(_ severity: Severity, file: String, line: Int, column: Int, keyPath: String, message: String) {
        self.severity = severity
        self.file = file
        self.line = line
        self.column = column
        self.keyPath = keyPath
        self.message = message
    }

    /// `config/touchstone.yaml:3:12: graph.writes: found "maybe", expected off, dry_run or on.`
    package var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        let kind = severity == .warning ? "warning: " : ""
        return keyPath.isEmpty ? "\(place): \(kind)\(message)" : "\(place): \(kind)\(keyPath): \(message)"
    }
}

/// Every fault of a configuration at once, in the order of the files' lines.
package struct ConfigurationFaults: Error, Sendable, CustomStringConvertible {
    package let faults: [ConfigurationFault]
    /// What would only have been warned of.
    package let warnings: [ConfigurationFault]

    package init(faults: [ConfigurationFault], warnings: [ConfigurationFault]) {
        self.faults = faults
        self.warnings = warnings
    }

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
