/// By what Meta may know whoever wrote a lead: the e-mail addresses and phone numbers among the answers, as they were written.
///
/// Readable, so in memory only: they go into an event that is hashed before it is stored.
package struct LeadContacts: Sendable, Equatable {
    package let emails: [String]
    package let phones: [String]

    package static let none = LeadContacts([])

    /// Only what can be hashed: what somebody wrote to get past the form is no fault of whoever sends the event.
    package init(_ fields: [LeadField]) {
        emails = Self.usable(.em, fields.flatMap(\.values).filter { $0.contains("@") })
        phones = Self.usable(.ph, fields.filter(\.isPhone).flatMap(\.values))
    }

    private static func usable(_ key: PersonalKey, _ values: [String]) -> [String] {
        var seen: Set<String> = []
        return values.filter { raw in
            guard case .value(let text) = Normalizer.normalized(key, raw, year: 0) else { return false }
            return JunkValues.verdict(key, raw: raw, normalized: text) == .fine && seen.insert(text).inserted
        }
    }
}

extension LeadField {
    /// Meta's own questions for a number are called so, and a question of one's own holds one when it begins as one.
    package var isPhone: Bool {
        key.lowercased().contains("phone") || key.lowercased().contains("whatsapp") || values.contains { $0.hasPrefix("+") }
    }
}
