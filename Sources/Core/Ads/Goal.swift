/// What an account advertises for, and the one action type that counts for it.
///
/// Action types overlap (a purchase is an `omni_purchase` and a pixel purchase at once), so that one is chosen per account and never summed
/// with another.
package enum Goal: String, Sendable, CaseIterable {
    case purchase, lead

    /// The action types that can stand for the goal, widest first.
    package var candidates: [String] {
        switch self {
        case .purchase: ["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"]
        case .lead: ["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"]
        }
    }

    /// The first candidate that the account has ever reported; nil when it reported none. Keep the answer: it is chosen once per account.
    package func actionType(known: Set<String>) -> String? { candidates.first(where: known.contains) }
}
