/// One change in a verified delivery: what it is, whom it concerns, and what makes it the same as another.
///
/// It holds ids and kinds only; what a person wrote stays in the sealed delivery and is found again by `position`.
package struct Event: Sendable, Equatable {
    /// Place in the delivery, from 0, in the order of the bytes.
    package let position: Int
    /// `page`, `instagram`, `ad_account`, `application`, `permissions`, `user`, …; as received.
    package let object: String
    /// The change's field (`leadgen`, `feed`, `field_changed`, …); `messages` for messaging entries; empty when there is none.
    package let field: String
    /// Dotted name for lists and metrics: `page.feed.comment.add`, `ad_account.field_changed`, `undecodable`.
    package let kind: String
    /// `entry.id`: the Page, account (without `act_`), Instagram account, app or user that the entry is about.
    package let objectID: String
    /// When it happened, in ms since 1970; `entry.time` where the change has no time of its own, the time of receipt where neither is there.
    package let occurredAtMs: Int64
    /// Unique per workspace (design 5.7); nil only where the event has no identity at all.
    package let dedupeKey: String?
    /// Events of one key are handled in the order of storing; nil: no order.
    package let orderKey: String?
    /// The ad account named by the event, without `act_`; nil when it names none.
    package let accountID: String?
    /// The ads, ad sets, campaigns (and the account itself, when the account's own state changed) that it names.
    package let entities: [EntityRef]
    /// A push that says which metric moved or crossed a threshold (`subscriptions` with a field, `ads_rules_engine`): read sooner than the floor.
    package let metricMoved: Bool
    /// Why a part could not be read; nil for a well-formed event.
    package let fault: String?

    package init(
        position: Int, object: String, field: String, kind: String, objectID: String, occurredAtMs: Int64,
        dedupeKey: String?, orderKey: String?, accountID: String?, entities: [EntityRef], metricMoved: Bool = false,
        fault: String? = nil
    ) {
        self.position = position
        self.object = object
        self.field = field
        self.kind = kind
        self.objectID = objectID
        self.occurredAtMs = occurredAtMs
        self.dedupeKey = dedupeKey
        self.orderKey = orderKey
        self.accountID = accountID
        self.entities = entities
        self.metricMoved = metricMoved
        self.fault = fault
    }
}
