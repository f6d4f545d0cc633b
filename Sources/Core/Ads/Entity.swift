/// A level of the ads hierarchy, spelled as Insights spells it.
///
/// Order is from the top down: `.account < .campaign < .adset < .ad`.
package enum EntityLevel: String, Sendable, CaseIterable, Comparable, Codable {
    case account, campaign, adset, ad

    private var depth: Int {
        switch self {
        case .account: 0
        case .campaign: 1
        case .adset: 2
        case .ad: 3
        }
    }

    package static func < (a: EntityLevel, b: EntityLevel) -> Bool { a.depth < b.depth }
}

/// One ad account, campaign, ad set or ad, by level and id.
///
/// `id` is a string of digits whatever JSON type it had; an account's id is without `act_`.
package struct EntityRef: Hashable, Sendable, Comparable {
    package let level: EntityLevel
    package let id: String

    package init(_ level: EntityLevel, _ id: String) {
        self.level = level
        self.id = id
    }

    package static func < (a: EntityRef, b: EntityRef) -> Bool { (a.level, a.id) < (b.level, b.id) }
}
