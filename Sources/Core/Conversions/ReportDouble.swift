/// One purchase that came under two ids: Meta counts it twice.
package struct ReportDouble: Sendable, Equatable {
    package enum Sign: String, Sendable {
        /// Two ids for one order.
        case order
        /// One person, one amount, at about the same time, and two orders or none.
        case person
    }

    package let sign: Sign
    package let workspace: String
    package let dataset: String
    /// Nil where the events name none.
    package let orderKey: String?
    /// Two of the ids that it came under, as they are stored.
    package let ids: [String]

    package init(sign: Sign, workspace: String, dataset: String, orderKey: String?, ids: [String]) {
        self.sign = sign
        self.workspace = workspace
        self.dataset = dataset
        self.orderKey = orderKey
        self.ids = ids
    }
}
