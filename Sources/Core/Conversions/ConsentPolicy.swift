/// Where a source's events say whether the person agreed, and what becomes of those that don't.
package struct ConsentPolicy: Sendable, Equatable {
    /// Keys from the event down: `["custom_data", "consent"]`.
    package let path: [String]
    package let without: WithoutConsent

    package init(path: [String], without: WithoutConsent) {
        self.path = path
        self.without = without
    }

    /// Whether the event says yes: `true`, `1`, `yes` or `granted`; silence is a no.
    package func isGranted(in event: JSON) -> Bool {
        guard !path.isEmpty else { return false }
        var value = event
        for key in path {
            guard let next = value[key] else { return false }
            value = next
        }
        return isYes(value)
    }

    /// Whether a value that stands at the path says yes.
    func isYes(_ value: JSON) -> Bool {
        switch value {
        case .bool(let isGranted): isGranted
        case .number(let token): token == "1"
        case .string(let text): Self.words.contains(text.trimmedBlanks.lowercased())
        case .null, .array, .object: false
        }
    }

    private static let words: Set<String> = ["true", "1", "yes", "granted"]
}

/// What becomes of an event without consent.
package enum WithoutConsent: String, Sendable, CaseIterable {
    /// `user_data` goes, the event stays for the shop's own figures and is never sent on.
    case drop
    /// What names a person goes, what names the click stays.
    case strip
    /// It is sent on as it is.
    case send
}

/// What became of an event.
package enum ConsentOutcome: String, Sendable, CaseIterable {
    case granted
    case sentWithout = "sent_without"
    case stripped
    case dropped
}
