/// What a shop's webhook comes to.
package enum ShopNotice: Sendable, Equatable {
    /// Events, as a backend without an SDK would send them.
    case events([JSON])
    /// Nothing, and no fault either: the shop is told that all is well, because it would send the same again and in the end give up.
    case leftAside(Aside)

    /// Why nothing comes of it.
    package enum Aside: String, Sendable, CaseIterable {
        /// The shop only tries whether somebody is there.
        case ping
        /// A topic from which no event is made.
        case topic
        /// The order is no purchase yet, or none any more.
        case status
        /// The shop's own test.
        case testOrder = "test_order"
        /// An order, or a change of one, whose purchase is older than Meta takes: it came to us when it was new, or was taken over.
        case tooOld = "too_old"
        /// Nothing was paid back.
        case noMoney = "no_money"
        /// It names no order.
        case noOrder = "no_order"
        /// A CRM's stage that no event is made of.
        case stageUnknown = "stage_unknown"
        /// A stage of a lead that is erased or a test of Meta's.
        case leadExempt = "lead_exempt"
        /// It names no lead of Meta's, or no stage, or a time at which there was no such lead.
        case stageFaulty = "stage_faulty"
        /// It is no JSON object.
        case unreadable
        /// Nothing that may be kept is left of it.
        case nothingLeft = "nothing_left"

        /// Whether the shop's setup, or our reading of it, is wrong, so that a person should look.
        package var isFault: Bool {
            switch self {
            case .noOrder, .unreadable, .nothingLeft, .stageFaulty: true
            case .ping, .topic, .status, .testOrder, .tooOld, .noMoney, .stageUnknown, .leadExempt: false
            }
        }
    }
}
