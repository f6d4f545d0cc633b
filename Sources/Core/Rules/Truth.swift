/// The three values of a condition. Only `true` ever acts.
package enum Truth: Sendable, Equatable {
    case `true`
    case `false`
    case unknown(UnknownReason)

    package init(_ value: Bool) { self = value ? .true : .false }

    /// As stored: `true`, `false`, `unknown`.
    package var text: String {
        switch self {
        case .true: "true"
        case .false: "false"
        case .unknown: "unknown"
        }
    }

    package var negated: Truth {
        switch self {
        case .true: .false
        case .false: .true
        case .unknown: self
        }
    }

    /// False when any is false, else unknown (the first reason) when any is unknown, else true.
    package static func all(_ parts: some Sequence<Truth>) -> Truth {
        var result = Truth.true
        for part in parts {
            switch (part, result) {
            case (.false, _): return .false
            case (.unknown, .true): result = part
            case (.unknown, .false), (.unknown, .unknown), (.true, _): continue
            }
        }
        return result
    }

    /// True when any is true, else unknown (the first reason) when any is unknown, else false.
    package static func any(_ parts: some Sequence<Truth>) -> Truth { all(parts.map(\.negated)).negated }
}
