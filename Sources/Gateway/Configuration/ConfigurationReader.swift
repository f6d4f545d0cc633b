import Foundation

/// Reads a configuration file and the rule files it names: all of it, or every fault of it at once.
///
/// Paths in the file and patterns of rule files are relative to `directory`.
package struct ConfigurationReader {
    private let environment: [String: String]
    private let handlers: [HandlerContract]
    private let directory: String
    private let standsIn: Bool

    /// `directory` is the working directory unless a test says otherwise. `standsIn`: variables that are not set get a value of their own,
    /// and certificates may be missing; for `touchstone test`.
    package init(
        environment: [String: String], handlers: [HandlerContract], directory: String = FileManager.default.currentDirectoryPath,
        standsIn: Bool = false
    ) {
        self.environment = environment
        self.handlers = handlers
        self.directory = directory
        self.standsIn = standsIn
    }

    /// Throws every fault, in the order of the files.
    package func read(file: String) throws(ConfigurationFaults) -> Configuration {
        let log = FaultLog(file: file, environment: environment, directory: directory, standsIn: standsIn)
        let path = file.hasPrefix("/") ? file : "\(directory)/\(file)"
        guard let text = Document.text(of: path, log: log) else {
            throw ConfigurationFaults(faults: log.entries, warnings: [])
        }
        return try read(text: text, log: log)
    }

    /// The same from the text itself; `file` is only its name in faults.
    package func read(text: String, file: String) throws(ConfigurationFaults) -> Configuration {
        try read(text: text, log: FaultLog(file: file, environment: environment, directory: directory, standsIn: standsIn))
    }

    private func read(text: String, log: FaultLog) throws(ConfigurationFaults) -> Configuration {
        var settings: Settings?
        var ruleEntries: [ConfigurationFault] = []
        if let root = Document.root(of: text, log: log) {
            var sections = SectionReader(root: root, handlers: handlers, directory: directory)
            settings = sections.read()
            ruleEntries = sections.ruleEntries
        }
        let entries = log.sorted + ruleEntries
        let warnings = entries.filter { $0.severity == .warning }
        let faults = entries.filter { $0.severity == .fault }
        guard let settings, faults.isEmpty else {
            throw ConfigurationFaults(faults: faults, warnings: warnings)
        }
        return Configuration(settings: settings, warnings: warnings)
    }
}
