/// One thing found in a request, where, and what became of it. Names keys and places, never values.
package struct ConversionFinding: Sendable, Equatable {
    package let fault: ConversionFault
    /// As Meta writes it: `$['data'][0]['event_time']`.
    package let path: String
    package let severity: ConversionFault.Severity

    /// With what the fault means where a source says nothing.
    init(fault: ConversionFault, path: String) {
        self.init(fault: fault, path: path, severity: fault.severity)
    }

    init(fault: ConversionFault, path: String, severity: ConversionFault.Severity) {
        self.fault = fault
        self.path = path
        self.severity = severity
    }

    /// `$['data'][0]['event_time']: event_time is required.`
    package var sentence: String { "\(path): \(fault.sentence(severity))" }

    /// The place within its event, wherever that stands in the request: `$['event_time']`. Cut off where it is very long.
    package var pathInEvent: String { Self.pathInEvent(path) }

    /// The same of any path of a request; one that names no event stays as it is.
    static func pathInEvent(_ path: String) -> String {
        let head = "$['data']["
        guard path.hasPrefix(head), let end = path.utf8.dropFirst(head.utf8.count).firstIndex(of: UInt8(ascii: "]")) else {
            return path
        }
        return "$"
            + String(decoding: path.utf8[path.utf8.index(after: end)...].prefix(Limits.conversionPathBytesMax), as: UTF8.self)
    }
}

/// A place in a request; becomes text only where something is found. Each points to the one around it: they are made for every member
/// and hardly ever read.
struct ConversionPath {
    private enum Step {
        case key(String)
        case index(Int)
    }

    private final class Node {
        let step: Step
        let around: Node?

        init(_ step: Step, in around: Node?) {
            self.step = step
            self.around = around
        }
    }

    private let node: Node

    private init(_ step: Step, in around: Node?) { node = Node(step, in: around) }

    static func event(_ index: Int) -> ConversionPath { ConversionPath(.index(index), in: Node(.key("data"), in: nil)) }

    func key(_ key: String) -> ConversionPath { ConversionPath(.key(key), in: node) }

    func index(_ index: Int) -> ConversionPath { ConversionPath(.index(index), in: node) }

    /// `$['data'][0]['event_time']`. A key that is no plain name is not repeated: it may be a person's data.
    var text: String {
        var steps: [Step] = []
        var next: Node? = node
        while let here = next {
            steps.append(here.step)
            next = here.around
        }
        return steps.reversed().reduce("$") { text, step in
            switch step {
            case .index(let index): "\(text)[\(index)]"
            case .key(let key): Self.isName(key) ? "\(text)['\(key)']" : "\(text)[…]"
            }
        }
    }

    private static func isName(_ key: String) -> Bool {
        guard (1...64).contains(key.utf8.count), key.utf8.first?.isDigit == false else { return false }
        return key.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
    }
}
