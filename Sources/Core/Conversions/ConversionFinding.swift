/// One thing found in a request, and where. Names keys and places, never values.
package struct ConversionFinding: Sendable, Equatable {
    package let fault: ConversionFault
    /// As Meta writes it: `$['data'][0]['event_time']`.
    package let path: String

    package var severity: ConversionFault.Severity { fault.severity }

    /// `$['data'][0]['event_time']: event_time is required.`
    package var sentence: String { "\(path): \(fault.sentence)" }
}

/// A place in a request; becomes text only where something is found.
struct ConversionPath {
    private enum Step {
        case key(String)
        case index(Int)
    }

    private var steps: [Step]

    static func event(_ index: Int) -> ConversionPath { ConversionPath(steps: [.key("data"), .index(index)]) }

    func key(_ key: String) -> ConversionPath { ConversionPath(steps: steps + [.key(key)]) }

    func index(_ index: Int) -> ConversionPath { ConversionPath(steps: steps + [.index(index)]) }

    /// `$['data'][0]['event_time']`. A key that is no plain name is not repeated: it may be a person's data.
    var text: String {
        steps.reduce("$") { text, step in
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
