/// An answer, and how it is to be sent.
struct GraphAnswer: Sendable {
    /// What happens to the bytes on the wire.
    enum Delivery: Sendable, Equatable {
        case whole
        /// The length of the whole is announced, half is sent, the connection is closed.
        case half
        /// The connection is closed without an answer.
        case lost
    }

    var status: Int
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]
    var delivery = Delivery.whole
    var delayMs: Int64 = 0
}

/// What the work of a request came to, before faults are laid over it.
struct Outcome: Sendable {
    /// The number of the request.
    var n = 0
    var op = "unknown"
    var account: String?
    /// What was asked of a Page or a data set.
    var call: PageCall?
    /// Events in the request, and those that were new.
    var events: Int?
    var accepted: Int?
    var document: Value = .null
    var rows: Int?
    var ids: [String] = []
    var changed: [Change] = []
    var failure: GraphFailure?
}
