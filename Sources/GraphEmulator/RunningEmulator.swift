import ServiceLifecycle

/// An emulator that listens, and the hands on it for a test in the same process.
package struct RunningEmulator: Sendable {
    package let port: Int
    private let scheme: String
    private let emulator: Emulator
    private let group: ServiceGroup
    private let task: Task<String?, Never>

    init(port: Int, scheme: String, emulator: Emulator, group: ServiceGroup, task: Task<String?, Never>) {
        self.port = port
        self.scheme = scheme
        self.emulator = emulator
        self.group = group
        self.task = task
    }

    /// `http://127.0.0.1:8080`, without a slash at the end.
    package var url: String { "\(scheme)://127.0.0.1:\(port)" }

    /// All calls to the Graph API so far, or those after a number.
    package func log(since n: Int = 0) -> [LogEntry] { emulator.with { world in world.log.entries.filter { $0.n > n } } }

    /// All lines of the log: calls, deliveries and controls.
    package func logLines() -> [String] { emulator.with { $0.log.lines(since: 0, graphOnly: false) } }

    /// Everything that hangs in the accounts, as it stands.
    package func state() -> [EntityView] { emulator.with { $0.views() } }

    /// One account, campaign, ad set or ad as it stands.
    package func entity(_ id: String) -> EntityView? { emulator.with { world in world.tree[id].map(world.view) } }

    /// The emulator's own clock.
    package var nowMs: Int64 { emulator.with { $0.clock.nowMs } }

    /// Moves its clock.
    package func advanceClock(ms: Int64) { emulator.with { $0.clock.advance(ms: ms) } }

    /// Sets its clock: milliseconds since 1970.
    package func setClock(ms: Int64) { emulator.with { $0.clock.set(ms: ms) } }

    /// Holds its clock where it is, or lets it run on.
    package func freezeClock(_ frozen: Bool = true) { emulator.with { $0.clock.freeze(frozen) } }

    /// Takes the faults away and puts others there: one or a list, as in the scenario.
    package func setFaults(yaml: String) throws(ScenarioError) {
        let entry = try ScenarioEntry(yaml: yaml)
        emulator.clearFaults()
        try emulator.addFaults(entry)
    }

    /// Takes all faults away.
    package func clearFaults() { emulator.clearFaults() }

    /// A list of source rows, as in the scenario; without a moment of their own they exist from now.
    package func addInsights(yaml: String) throws(ScenarioError) { try emulator.addInsights(ScenarioEntry(yaml: yaml)) }

    /// A person's edit, by no rule: `edit("11", ["daily_budget": "5000"])`. An unknown id changes nothing.
    package func edit(_ id: String, _ fields: [String: String]) {
        emulator.with { world in
            guard let entity = world.tree[id] else { return }
            let changes = fields.sorted { $0.key < $1.key }.map { field, new in
                Change(id: id, level: entity.level.rawValue, field: field, old: Edit.current(field, entity), new: new)
            }
            world.apply(changes, nowMs: world.clock.nowMs, throughAPI: false)
            world.note("edit", changes)
        }
    }

    /// All leads as they stand.
    package func leads() -> [LeadView] { emulator.with { $0.pages.leads.all.map { LeadView($0) } } }

    /// All comments as they stand, deleted ones among them.
    package func comments() -> [CommentView] {
        emulator.with { world in world.pages.comments.all.map { CommentView($0, in: world.pages) } }
    }

    /// One comment as it stands.
    package func comment(_ id: String) -> CommentView? {
        emulator.with { world in world.pages.comments[id].map { CommentView($0, in: world.pages) } }
    }

    /// What the events edge took, in the order in which it first came.
    package func events() -> [EventView] { emulator.with { $0.ledger.records }.map { EventView($0) } }

    /// Sums over all that came to the events edge.
    package func eventTotals() -> EventTotals { emulator.with { $0.ledger.totals } }

    /// The same as `events`, by pages and one JSON text for each.
    package func eventLines(from: Int = 0, count: Int = 10_000, isBrief: Bool = false) -> [String] {
        emulator.eventLines(from: from, count: count, isBrief: isBrief)
    }

    /// What a data set refuses from now on: `{id: 900, refuses: [{ids: [a], subcode: 2804050}]}`.
    package func setDataset(yaml: String) throws(ScenarioError) { try emulator.setDataset(ScenarioEntry(yaml: yaml)) }

    /// Adds forms, leads, posts, media and comments, in the lists of a scenario; offsets count from now. Their ids.
    package func add(yaml: String) throws(ScenarioError) -> [String] { try emulator.add(ScenarioEntry(yaml: yaml)) }

    /// A person's edit of an entity, a comment or a lead, as the control endpoint takes it.
    package func edit(yaml: String) throws(ScenarioError) { try emulator.edit(ScenarioEntry(yaml: yaml)) }

    /// The body of one webhook about leads or comments, as Meta would write it now.
    package func webhookBody(_ subjects: [WebhookSubject]) throws(ScenarioError) -> [UInt8] {
        try emulator.with { world throws(ScenarioError) in try world.webhook(subjects) }
    }

    /// Changes what a token is: `valid`, `expired`, … by its name.
    package func setToken(name: String, state: String) throws(ScenarioError) {
        let entry = ["name": .string(name), "state": .string(state)] as Value
        try emulator.setToken(ScenarioEntry(yaml: entry.encoded(.plain)))
    }

    /// Signs and sends a webhook.
    package func deliver(_ delivery: Delivery) async -> DeliveryAnswer { await emulator.deliver(delivery) }

    /// Returns when the emulator has ended by itself, with the reason if it failed.
    package func ended() async -> String? { await task.value }

    /// Closes the port and every connection.
    package func stop() async {
        await group.triggerGracefulShutdown()
        _ = await task.value
        await emulator.sender.stop()
    }
}
