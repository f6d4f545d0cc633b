/// How the conversions of one source go on to Meta.
package struct ForwardingPolicy: Sendable, Equatable {
    /// How long an event may wait for others, so that they share a call; 0: not at all.
    package var lingerMs: Int64
    package var testEvents: TestEvents
    /// Which events that came without an `event_id` get one.
    ///
    /// One without is never sent twice: when nobody knows whether it arrived, it is refused.
    package var eventIDs: EventIDPolicy
    /// Datasets that get a copy of every event that goes to Meta, at most `Limits.conversionCopiesMax`.
    package var copies: [String]

    package init(
        lingerMs: Int64 = Limits.conversionLingerMs, testEvents: TestEvents = .refuse,
        eventIDs: EventIDPolicy = EventIDPolicy(), copies: [String] = []
    ) {
        self.lingerMs = lingerMs
        self.testEvents = testEvents
        self.eventIDs = eventIDs
        self.copies = copies
    }

    /// The copies of an event that its sender sent to `dataset`, by their number from 1: none goes where the event itself goes.
    package func copies(beside dataset: String) -> [(copy: Int, dataset: String)] {
        copies.prefix(Limits.conversionCopiesMax).enumerated().map { ($0.offset + 1, $0.element) }.filter { $0.1 != dataset }
    }
}

/// What becomes of events that come with a `test_event_code`.
///
/// Meta does not drop such events: they count for targeting and measurement as all others do.
package enum TestEvents: String, Sendable, CaseIterable {
    /// They stay here.
    case refuse
    /// They go on without the code, as what they then are: real ones.
    case strip
    /// They go on with the code.
    case forward
}
