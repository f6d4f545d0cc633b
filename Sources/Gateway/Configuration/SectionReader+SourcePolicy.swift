import Core

/// `rules`, `strictness` and `event_ids` of a source: how its events are judged.
extension SectionReader {
    /// Where the section says nothing, as documented.
    func sourcePolicy(_ section: Members) -> SourcePolicy {
        var policy = SourcePolicy()
        if let rules = section["rules"].flatMap(sourceRules) { policy.rules = rules }
        if let strictness = section["strictness"]?.word(Strictness.self) { policy.strictness = strictness }
        if let ids = section["event_ids"].flatMap(eventIDs) { policy.eventIDs = ids }
        readKind(section, into: &policy)
        return policy
    }

    /// Codes of findings, each with one of the rulings that it allows.
    private func sourceRules(_ cursor: Cursor) -> SourceRules? {
        guard let entries = cursor.entries(of: "codes of findings, each with what becomes of the event") else { return nil }
        var chosen: [ConversionFault: Ruling] = [:]
        for (code, place) in entries {
            guard let fault = ConversionFault(rawValue: code) else {
                let codes = SourceRules.settable.map(\.rawValue)
                place.fault(
                    "no finding is called so\(NearMiss.hint(code, among: codes, end: "; expected \(NearMiss.list(codes))."))")
                continue
            }
            chosen[fault] = ruling(place, for: fault)
        }
        return SourceRules(chosen)
    }

    private func ruling(_ cursor: Cursor, for fault: ConversionFault) -> Ruling? {
        let expected = NearMiss.list(fault.rulings.map(\.rawValue))
        guard fault.rulings.count > 1 else {
            cursor.fault("there is nothing to choose here: it is always \(expected).")
            return nil
        }
        guard let text = cursor.text(expected) else { return nil }
        guard let ruling = Ruling(rawValue: text), fault.rulings.contains(ruling) else {
            cursor.refuse(expected: expected)
            return nil
        }
        return ruling
    }

    /// One word for all events, or one for those of a website and one for the others.
    private func eventIDs(_ cursor: Cursor) -> EventIDPolicy? {
        if cursor.isScalar {
            return cursor.word(EventIDPolicy.Choice.self).map { EventIDPolicy(missing: $0, website: $0) }
        }
        guard let section = cursor.members(["missing", "website"]) else { return nil }
        let missing = section["missing"].flatMap { $0.word(EventIDPolicy.Choice.self) } ?? .derive
        let website = section["website"].flatMap { $0.word(EventIDPolicy.Choice.self) } ?? missing
        return EventIDPolicy(missing: missing, website: website)
    }
}
