/// One metric with all its series, as Prometheus reads it.
struct MetricFamily: Sendable {
    enum Kind: String, Sendable { case counter, gauge, summary }

    struct Sample: Sendable {
        var suffix = ""
        let labels: [(String, String)]
        let value: Double
    }

    let name: String
    let kind: Kind
    let help: String
    var samples: [Sample] = []

    mutating func add(_ labels: [(String, String)], _ value: Double) { samples.append(Sample(labels: labels, value: value)) }

    /// `# HELP`, `# TYPE`, then a line for each series.
    var text: String {
        let lines = samples.map { sample in
            let labels = sample.labels.map { "\(Self.name($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            return "\(Self.name(name))\(sample.suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(sample.value))\n"
        }
        return "# HELP \(Self.name(name)) \(help)\n# TYPE \(Self.name(name)) \(kind.rawValue)\n" + lines.sorted().joined()
    }

    /// Whole numbers without a point.
    private static func number(_ value: Double) -> String {
        value.magnitude < 9e15 && value == value.rounded() ? String(Int64(value)) : String(value)
    }

    private static func name(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" })
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
