/// How the conversions of one source go on to Meta.
package struct ForwardingPolicy: Sendable, Equatable {
    /// How long an event may wait for others, so that they share a call; 0: not at all.
    package var lingerMs: Int64
    package var testEvents: TestEvents
    /// Which events that came without an `event_id` get one.
    ///
    /// One without is never sent twice: when nobody knows whether it arrived, it is refused.
    package var eventIDs: EventIDPolicy

    package init(
        lingerMs: Int64 = Limits.conversionLingerMs, testEvents: TestEvents = .refuse,
        eventIDs: EventIDPolicy = EventIDPolicy()
    ) {
        self.lingerMs = lingerMs
        self.testEvents = testEvents
        self.eventIDs = eventIDs
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
