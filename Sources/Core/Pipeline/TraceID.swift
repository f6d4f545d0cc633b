/// What ties together the log lines, the requests and the rows that came of one delivery.
///
/// Derived, never stored: the delivery's place in the order of storing, and the event's id (0 for the delivery as a whole), 16 hex digits each.
/// As text it is a trace id of W3C Trace Context.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    /// Of the delivery.
    package let seq: Int64
    /// 0: of the delivery as a whole.
    package let eventID: Int64

    /// Ids of events that one delivery's place leaves room for, and of jobs that one event's id does.
    private static let eventsPerDelivery: Int64 = 4096
    private static let jobsPerEvent = Int64(Limits.routesMax)

    package init(seq: Int64) {
        self.seq = seq
        eventID = 0
    }

    package init(eventID: Int64) {
        seq = eventID / Self.eventsPerDelivery
        self.eventID = eventID
    }

    package init(jobID: Int64) { self.init(eventID: jobID / Self.jobsPerEvent) }

    /// 32 hex digits, lower case.
    package var text: String { Self.hex(seq) + Self.hex(eventID) }

    package var description: String { text }

    /// `traceparent` of a request that is about the event; `span` tells the requests of one event apart and must not be 0.
    package func parent(span: Int64) -> String { "00-\(text)-\(Self.hex(span == 0 ? 1 : span))-01" }

    private static func hex(_ number: Int64) -> String {
        let digits = String(UInt64(bitPattern: number), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
