import Synchronization

/// Who may speak to the admin port. Changed while the gateway runs.
final class TokenBook: Sendable {
    private let tokens: Mutex<[AdminToken]>

    init(_ tokens: [AdminToken]) { self.tokens = Mutex(tokens) }

    /// Every token is compared, so that the time tells nothing of their order.
    func caller(token: String) -> Caller? {
        var found: Caller?
        for known in tokens.withLock({ $0 }) where known.isMade(of: token) { found = Caller(name: known.name, may: known.may) }
        return found
    }

    /// Whether these are others than before.
    func replace(_ next: [AdminToken]) -> Bool {
        tokens.withLock { tokens in
            defer { tokens = next }
            return tokens != next
        }
    }
}
