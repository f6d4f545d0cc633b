/// Why the demo could not be played, or what it saw that should not be.
package enum DemoError: Error, CustomStringConvertible {
    case missing(String)
    case timeZone(String)
    case process(String)
    case notReady(String)
    case unreadable(String)
    case unfinished(String)
    case interrupted

    package var description: String {
        switch self {
        case .missing(let what): "Missing: \(what)"
        case .timeZone(let names): "No usable time zone among \(names); install tzdata."
        case .process(let what), .notReady(let what), .unreadable(let what): what
        case .unfinished(let what): "Work was still waiting when the demo's time was up: \(what)"
        case .interrupted: "Interrupted; both processes were stopped."
        }
    }
}
