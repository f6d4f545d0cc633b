/// Our own figures of one entity, as far as a rule asks for them.
package struct OwnInput: Sendable, Equatable {
    package let windows: [Window: OwnWindow]
    /// When we began to count, in ms since 1970; nil: we don't.
    package let sinceMs: Int64?
    /// When the entity's spend was last read; nil: never.
    package let spendReadAtMs: Int64?
    package let nowMs: Int64

    package init(windows: [Window: OwnWindow], sinceMs: Int64?, spendReadAtMs: Int64?, nowMs: Int64) {
        self.windows = windows
        self.sinceMs = sinceMs
        self.spendReadAtMs = spendReadAtMs
        self.nowMs = nowMs
    }

    /// What a person should know beside a figure that has the spend in it: `spend read 12 min ago`.
    package var spendAge: String {
        guard let spendReadAtMs else { return "spend never read" }
        let minutes = max(0, nowMs - spendReadAtMs) / 60_000
        return minutes == 0 ? "spend read less than a minute ago" : "spend read \(minutes) min ago"
    }
}

/// Our own figures over one window.
package struct OwnWindow: Sendable, Equatable {
    /// First moment of the window in the account's time zone, in ms since 1970.
    package let startMs: Int64
    /// First moment after it.
    package let endMs: Int64
    package let figures: OwnFigures

    package init(startMs: Int64, endMs: Int64, figures: OwnFigures) {
        self.startMs = startMs
        self.endMs = endMs
        self.figures = figures
    }

    /// The figure that a decision was made on, so that the same never acts twice: which days, how many, and the newest event.
    func evidence(of count: OwnCount) -> String {
        let number =
            switch count {
            case .lead: figures.leads
            case .purchase: figures.purchases
            case .comment: figures.comments
            case .refund: figures.refunds
            }
        let worth = count == .purchase ? figures.revenueMinor.sorted { $0.key < $1.key }.map { ":\($0.key)\($0.value)" } : []
        return "\(count.rawValue)@\(startMs)-\(endMs):\(number)\(worth.joined()):\(figures.latest[count] ?? 0)"
    }

    /// Of the revenue: the purchases, and the refunds where there are any.
    var evidenceOfRevenue: [String] {
        [evidence(of: .purchase)] + (figures.refunds > 0 ? [evidence(of: .refund)] : [])
    }
}
