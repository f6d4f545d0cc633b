/// One source row of Insights: one entity, one range of days, the figures as Meta gave them. Never the result of a division.
package struct Fact: Sendable, Equatable {
    /// The stored version's id; 0 until it is stored.
    package let id: Int64
    package let level: EntityLevel
    package let entityID: String
    /// First and last day, both within; equal for a daily row.
    package let dateStart: AccountDay
    package let dateStop: AccountDay
    /// Read, and Meta had no row: nothing was delivered. Not the same as zeros.
    package let isEmpty: Bool
    package let impressions: Int64
    /// All clicks.
    package let clicks: Int64
    /// `inline_link_clicks`.
    package let linkClicks: Int64
    /// People reached in exactly this range; nil when it was not asked for. It never adds up over days or entities.
    package let reach: Int64?
    /// In minor units of the account's currency.
    package let spendMinor: Int64
    /// By action type, as Meta spells it; one that did not happen is absent.
    package let actions: [String: ActionCount]

    package init(
        id: Int64 = 0, level: EntityLevel, entityID: String, dateStart: AccountDay, dateStop: AccountDay, isEmpty: Bool = false,
        impressions: Int64 = 0, clicks: Int64 = 0, linkClicks: Int64 = 0, reach: Int64? = nil, spendMinor: Int64 = 0,
        actions: [String: ActionCount] = [:]
    ) {
        self.id = id
        self.level = level
        self.entityID = entityID
        self.dateStart = dateStart
        self.dateStop = dateStop
        self.isEmpty = isEmpty
        self.impressions = impressions
        self.clicks = clicks
        self.linkClicks = linkClicks
        self.reach = reach
        self.spendMinor = spendMinor
        self.actions = actions
    }

    /// A range that was read and had no row.
    package static func empty(level: EntityLevel, entityID: String, dateStart: AccountDay, dateStop: AccountDay) -> Fact {
        Fact(level: level, entityID: entityID, dateStart: dateStart, dateStop: dateStop, isEmpty: true)
    }

    /// The same fact under the id it was stored with.
    package func stored(as id: Int64) -> Fact {
        Fact(
            id: id, level: level, entityID: entityID, dateStart: dateStart, dateStop: dateStop, isEmpty: isEmpty,
            impressions: impressions,
            clicks: clicks, linkClicks: linkClicks, reach: reach, spendMinor: spendMinor, actions: actions)
    }

    /// Says the same as `other`, whatever their ids: a new version is stored only when this is false.
    ///
    /// A reach that only one of them has is a difference; use `keepingReach(of:)` first when it was not asked for.
    package func hasSameContent(as other: Fact) -> Bool { stored(as: 0) == other.stored(as: 0) }

    /// This fact with `older`'s reach where this one was read without asking for reach and nothing else changed.
    package func keepingReach(of older: Fact) -> Fact {
        guard reach == nil, !isEmpty, impressions == older.impressions else { return self }
        return Fact(
            id: id, level: level, entityID: entityID, dateStart: dateStart, dateStop: dateStop, isEmpty: isEmpty,
            impressions: impressions,
            clicks: clicks, linkClicks: linkClicks, reach: older.reach, spendMinor: spendMinor, actions: actions)
    }
}
