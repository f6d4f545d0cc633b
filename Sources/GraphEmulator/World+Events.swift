extension World {
    static let eventsMax = 1_000

    /// A batch of events: all of it, or nothing.
    mutating func take(
        _ dataset: Dataset, _ request: GraphRequest, _ token: KnownToken, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        outcome.ids = [dataset.id]
        guard dataset.lets(token) else { throw .missing(dataset.id, verb: "post") }
        var count = 0
        do throws(GraphFailure) {
            let events = try Self.events(request.parameters["data"], count: &count)
            outcome.events = count
            let leads = dataset.knownLeadsOnly ? pages.leads : nil
            for (index, event) in events.enumerated() {
                try EventCheck(
                    index: index, event: event, nowMs: nowMs, futureSeconds: futureSeconds,
                    leads: leads
                ).run()
                if let rule = dataset.rules.first(where: { $0.refuses(event) }) { throw rule.failure(at: index) }
            }
            outcome.accepted = ledger.take(
                events, dataset.id, testEventCode: request.parameters["test_event_code"], n: outcome.n, nowMs: nowMs)
            outcome.document = [
                "events_received": .integer(events.count), "messages": [], "fbtrace_id": .string(Self.trace(outcome.n)),
            ]
        } catch {
            outcome.events = count
            ledger.refuse(events: count)
            throw error
        }
    }

    /// The elements of `data`: objects, or JSON texts of objects.
    private static func events(_ text: String?, count: inout Int) throws(GraphFailure) -> [Value] {
        guard let text, !text.isEmpty else { throw .parameter("The parameter data is required") }
        guard case .array(let items)? = JSONReader.read(text) else { throw .parameter("param data must be an array.") }
        count = items.count
        guard !items.isEmpty else { throw .parameter("param data must be non-empty.") }
        guard items.count <= eventsMax else { throw .parameter("param data must have at most \(eventsMax) elements.") }
        return items.map { item in
            guard case .string(let inner) = item else { return item }
            return JSONReader.read(inner) ?? item
        }
    }
}
