/// What becomes of work that met an error. Only the worker asks; every error of a job answers with one of these.
package enum Disposition: Equatable, Sendable {
    /// Try again with backoff; counts an attempt.
    case retry(Reason)
    /// Not before `untilMs` (ms since 1970), because the other side said so; counts no attempt.
    case snooze(untilMs: Int64, Reason)
    /// Waits for a gate to open; counts no attempt and goes on by itself.
    case hold(Gate, Reason)
    /// Ask for less at once (fewer ids, shorter range) and try again; counts an attempt.
    case split(Reason)
    /// Will not work however often it is tried; listed as dead until somebody retries it.
    case cancel(Reason)
}

/// What held work waits for.
package enum Gate: Hashable, Sendable {
    /// The workspace's access token was refused.
    case token(workspace: String)
    /// The ad account is closed to us.
    case account(String)
    /// The destination is refusing or failing.
    case destination(String)
    /// The Page's own token was refused, or can't be had.
    case page(String)
    /// The dataset takes nothing from us.
    case dataset(String)
    /// A person said `touchstone hold`; `scope` is a workspace or `*`.
    case operatorHold(scope: String)

    /// As stored: `token:belmonte`.
    package var text: String {
        switch self {
        case .token(let workspace): "token:\(workspace)"
        case .account(let id): "account:\(id)"
        case .destination(let name): "destination:\(name)"
        case .page(let id): "page:\(id)"
        case .dataset(let id): "dataset:\(id)"
        case .operatorHold(let scope): "hold:\(scope)"
        }
    }

    package init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "token": self = .token(workspace: parts[1])
        case "account": self = .account(parts[1])
        case "destination": self = .destination(parts[1])
        case "page": self = .page(parts[1])
        case "dataset": self = .dataset(parts[1])
        case "hold": self = .operatorHold(scope: parts[1])
        default: return nil
        }
    }
}

/// Why work is where it is: a stable code for filters, a sentence for people, and what to do about it.
///
/// Never holds tokens, bodies or anything that a person wrote.
package struct Reason: Hashable, Sendable {
    /// snake_case, stable.
    package let code: String
    package let sentence: String
    package let remedy: String

    package init(_ code: String, _ sentence: String, remedy: String = "") {
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
    }

    /// One line for a database column: `code: sentence Remedy.`
    package var text: String { remedy.isEmpty ? "\(code): \(sentence)" : "\(code): \(sentence) \(remedy)" }
}
