/// From the body of a stored delivery of conversions to its events.
package enum ConversionDecoder {
    /// The member of a stored event that says what becomes of it; Meta never sees it.
    package static let ownMember = "_touchstone"
    /// The name of an event that says which ad an earlier one belongs to.
    package static let attribution = "AppendAttribution"
    /// The object of every such event.
    package static let object = "conversion"

    /// The dataset that a path names: `/v26.0/987/events`, `/987/events`; nil for every other path. A query does not count.
    package static func dataset(ofTarget target: String) -> String? {
        let path = QueryText.path(ofTarget: target)
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard path.hasPrefix("/"), parts.popLast() == "events", let id = parts.popLast(), parts.count <= 1 else { return nil }
        guard parts.first.map(isVersion) ?? true, (1...32).contains(id.utf8.count) else { return nil }
        return id.utf8.allSatisfy(\.isDigit) ? String(id) : nil
    }

    /// `v26.0`.
    private static func isVersion(_ text: Substring) -> Bool {
        guard text.hasPrefix("v") else { return false }
        let numbers = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 2 && numbers.allSatisfy { (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isDigit) }
    }

    /// The events of a body that `Envelope(conversions:…)` wrote, in its order; empty for anything else.
    ///
    /// `digest` gives the SHA-256 in lower-case hex (Core has no cryptography).
    package static func decode(
        body: [UInt8], dataset: String, source: String, receivedAtMs: Int64, digest: ([UInt8]) -> String
    ) -> [ConversionEvent] {
        guard let document = try? JSON.parse(body) else { return [] }
        return decode(document, dataset: dataset, source: source, receivedAtMs: receivedAtMs, digest: digest)
    }

    /// The same of a body that is parsed already.
    ///
    /// `copy`: 0 for the events themselves, else the number of the copies for `dataset`, which only events that go to Meta have.
    package static func decode(
        _ document: JSON, copy: Int = 0, dataset: String, source: String, receivedAtMs: Int64, digest: ([UInt8]) -> String
    ) -> [ConversionEvent] {
        let isTest = document["test_event_code"] != nil
        guard copy == 0 || !isTest else { return [] }
        return values(of: document).enumerated().compactMap { index, event in
            guard copy == 0 || isCopied(event) else { return nil }
            let place = ConversionPlace(index: index, copy: copy == 0 ? alone(event) ?? 0 : copy)
            let facts = facts(
                of: event, at: place.position, dataset: dataset, source: source, receivedAtMs: receivedAtMs, isTest: isTest,
                digest)
            return ConversionEvent(event: Self.event(event, facts), facts: facts)
        }
    }

    /// What stays here has no copies, nor what was mended for one dataset: the others have theirs.
    private static func isCopied(_ event: JSON) -> Bool {
        (event[ownMember]?["forward"]?.truth ?? false) && alone(event) == nil
    }

    /// Of what was mended for one dataset: the number of the copy that it was, and stays.
    private static func alone(_ event: JSON) -> Int? {
        event[ownMember]?["alone"]?.integer.flatMap { (0...Int64(Limits.conversionCopiesMax)).contains($0) ? Int($0) : nil }
    }

    /// The event of one position as it was stored; nil when there is none.
    package static func event(at position: Int, in body: [UInt8]) -> JSON? { values(in: body).conversion(at: position) }

    /// The events of all positions at once, as they were stored; empty for anything else.
    package static func values(in body: [UInt8]) -> [JSON] {
        guard let document = try? JSON.parse(body) else { return [] }
        return values(of: document)
    }

    /// The same of a body that is parsed already.
    package static func values(of document: JSON) -> [JSON] { document["data"]?.items ?? [] }

    /// A stored event as it goes to Meta: without our own member.
    package static func forwardable(_ event: JSON) -> JSON {
        guard case .object(var object) = event else { return event }
        object[ownMember] = nil
        return .object(object)
    }

    /// What the request said beside its events.
    package static func parameters(of body: [UInt8]) -> ConversionParameters {
        guard let document = try? JSON.parse(body) else { return .none }
        return ConversionParameters { document[$0]?.text }
    }

    // MARK: one event

    private static func event(_ json: JSON, _ facts: ConversionFacts) -> Event {
        let name = json["event_name"]?.text ?? ""
        let field = name.isFieldName ? name : "custom"
        return Event(
            position: facts.position, object: object, field: field, kind: "\(object).\(field)", objectID: facts.dataset,
            occurredAtMs: facts.eventTimeSeconds * 1000,
            dedupeKey: facts.isQuarantined
                ? nil
                : facts.saleKey
                    ?? facts.eventID.map {
                        dedupeKey(dataset: facts.dataset, eventName: facts.eventName, eventID: $0, isTest: facts.isTest)
                    },
            orderKey: nil, accountID: nil, entities: [])
    }

    /// By which the same conversion is known when it is told again, as Meta knows it: by dataset, name and id. All as they are stored.
    ///
    /// A test event and a real one are never the same: a shop that tries an order out sends it in earnest afterwards.
    package static func dedupeKey(dataset: String, eventName: String, eventID: String, isTest: Bool) -> String {
        "conv:\(isTest ? "test:" : "")\(dataset):\(eventName):\(eventID)"
    }

    private static func facts(
        of event: JSON, at position: Int, dataset: String, source: String, receivedAtMs: Int64, isTest: Bool,
        _ digest: ([UInt8]) -> String
    ) -> ConversionFacts {
        let own = event[ownMember]
        let channel = event["action_source"]?.text ?? ""
        let money = event["custom_data"]
        let eventID = event["event_id"]?.text.map { key(of: $0, digest: digest) }
        let hasMadeID = own?["made_id"]?.truth ?? false
        let currency = money?["currency"]?.text?.currencyCode
        var facts = ConversionFacts(
            position: position, source: source, dataset: dataset,
            eventName: event["event_name"]?.text.map { key(of: $0, digest: digest) } ?? "", eventID: eventID,
            orderKey: orderKey(money?["order_id"], digest) ?? (hasMadeID ? nil : orderKey(event["event_id"], digest)),
            eventTimeSeconds: event["event_time"]?.integer ?? receivedAtMs / 1000,
            actionSource: ConversionKeys.sources.contains(channel) ? channel : "other", currency: currency,
            valueMinor: currency.flatMap { minor(money?["value"], $0) }, isTest: isTest,
            forward: own?["forward"]?.truth ?? false, reason: own?["reason"]?.text,
            consent: own?["consent"]?.text.flatMap(ConsentOutcome.init) ?? .dropped)
        facts.saleKey = StoreSale(event, facts, hasMadeID: hasMadeID, digest: digest)?.dedupeKey
        facts.cause = QuarantineCause(stored: event)
        facts.figures = ReportFigure.all(of: event, facts, receivedAtMs: receivedAtMs)
        return facts
    }

    /// As an id of a sender is stored: as it is, or `sha256:…` where it does not look like an id.
    ///
    /// `digest` gives the SHA-256 in lower-case hex.
    package static func key(of text: String, digest: ([UInt8]) -> String) -> String {
        text.isPlainIdentifier ? text : "sha256:\(digest(Array(text.utf8)))"
    }

    /// As an order's number is stored, without blanks around it; nil for none.
    package static func orderKey(of text: String, digest: ([UInt8]) -> String) -> String? {
        let trimmed = text.trimmedBlanks
        return trimmed.isEmpty ? nil : key(of: trimmed, digest: digest)
    }

    private static func orderKey(_ value: JSON?, _ digest: ([UInt8]) -> String) -> String? {
        value?.scalarText.flatMap { orderKey(of: $0, digest: digest) }
    }

    private static func minor(_ value: JSON?, _ currency: String) -> Int64? {
        guard let text = value?.scalarText?.trimmedBlanks else { return nil }
        return DecimalText.integer(text, scale: Currency.readingOffset(Currency(code: currency)))
    }
}

extension String {
    /// `^[A-Za-z][A-Za-z0-9_]{0,49}$`: may stand in a kind and in a configuration.
    var isFieldName: Bool {
        guard let first = utf8.first, first.isAlphanumeric, !first.isDigit, utf8.count <= 50 else { return false }
        return utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
    }

    /// `[A-Za-z0-9._:-]{1,128}`: may stand in a key that is not sealed.
    fileprivate var isPlainIdentifier: Bool {
        (1...128).contains(utf8.count)
            && utf8.allSatisfy { $0.isBase64URL || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
    }
}
