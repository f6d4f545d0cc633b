/// From the `data` rows of an Insights answer to facts.
package enum InsightRows {
    /// One fact per row, in the order of the answer.
    ///
    /// Numbers may be strings or numbers; an absent one is 0 within a row, an absent reach is nil.
    /// `currency` is nil where Meta's table does not have it; amounts are then kept in hundredths of the major unit.
    package static func facts(from data: [JSON], level: EntityLevel, currency: Currency?) throws(InsightError) -> [Fact] {
        var facts: [Fact] = []
        facts.reserveCapacity(data.count)
        for (index, json) in data.enumerated() {
            facts.append(try Row(json: json, index: index, offset: Currency.readingOffset(currency)).fact(level: level))
        }
        return facts
    }

    /// `facts` and, for every one of `entities` and every day (or the whole range) of `shape` without a row, a fact that says so.
    ///
    /// Only for a read that came to its end: what was not read must stay unknown.
    package static func filled(_ facts: [Fact], entities: [String], shape: ReadShape) -> [Fact] {
        let present = Set(facts.map { Place(entityID: $0.entityID, start: $0.dateStart, stop: $0.dateStop) })
        let days = (shape.since.number...max(shape.since.number, shape.until.number)).map(AccountDay.init(number:))
        let ranges = shape.daily ? days.map { ($0, $0) } : [(shape.since, shape.until)]
        var filled = facts
        for entityID in entities {
            for (start, stop) in ranges where !present.contains(Place(entityID: entityID, start: start, stop: stop)) {
                filled.append(.empty(level: shape.level, entityID: entityID, dateStart: start, dateStop: stop))
            }
        }
        return filled
    }

    /// An entity and a range.
    private struct Place: Hashable {
        let entityID: String
        let start: AccountDay
        let stop: AccountDay
    }

    /// One row and its place, for errors that name it.
    private struct Row {
        let json: JSON
        let index: Int
        let offset: Int64

        func fact(level: EntityLevel) throws(InsightError) -> Fact {
            let start = try day("date_start")
            let stop = try day("date_stop")
            guard start <= stop else { throw .malformed(field: "date_stop", row: index) }
            return Fact(
                level: level, entityID: try entityID(level), dateStart: start, dateStop: stop,
                impressions: try count("impressions") ?? 0,
                clicks: try count("clicks") ?? 0, linkClicks: try count("inline_link_clicks") ?? 0, reach: try count("reach"),
                spendMinor: try money("spend"), actions: try actions())
        }

        private func entityID(_ level: EntityLevel) throws(InsightError) -> String {
            let field = "\(level.rawValue)_id"
            guard let id = json[field]?.id else { throw .missing(field: field, row: index) }
            return id
        }

        private func day(_ field: String) throws(InsightError) -> AccountDay {
            guard let value = json[field] else { throw .missing(field: field, row: index) }
            guard let text = value.text, let day = AccountDay(text: text) else { throw .malformed(field: field, row: index) }
            return day
        }

        private func count(_ field: String) throws(InsightError) -> Int64? {
            guard let value = json[field], value != .null else { return nil }
            guard let number = value.integer, number >= 0 else { throw .malformed(field: field, row: index) }
            return number
        }

        private func money(_ field: String) throws(InsightError) -> Int64 {
            guard let value = json[field], value != .null else { return 0 }
            guard let text = value.numberText, let minor = DecimalText.integer(text, scale: offset) else {
                throw .malformed(field: field, row: index)
            }
            return minor
        }

        private func actions() throws(InsightError) -> [String: ActionCount] {
            let counts = try elements("actions", scale: Scaled.scale)
            let values = try elements("action_values", scale: offset)
            var actions: [String: ActionCount] = [:]
            for (type, units) in counts { actions[type] = ActionCount(count: Scaled(units: units), valueMinor: values[type]) }
            for (type, minor) in values where actions[type] == nil {
                actions[type] = ActionCount(count: .zero, valueMinor: minor)
            }
            return actions
        }

        private func elements(_ field: String, scale: Int64) throws(InsightError) -> [String: Int64] {
            guard let list = json[field], list != .null else { return [:] }
            guard case .array(let items) = list else { throw .malformed(field: field, row: index) }
            var elements: [String: Int64] = [:]
            for item in items {
                guard let type = item["action_type"]?.text, !type.isEmpty else { throw .malformed(field: field, row: index) }
                guard let value = item["value"] else { continue }  // only window keys: zero in the default window
                guard let text = value.numberText, let units = DecimalText.integer(text, scale: scale) else {
                    throw .malformed(field: field, row: index)
                }
                guard elements.updateValue(units, forKey: type) == nil else { throw .repeatedAction(row: index) }
            }
            return elements
        }
    }
}

extension JSON {
    /// The text of a number, whether it is written as a number or as a string.
    fileprivate var numberText: String? {
        switch self {
        case .number(let token): token
        case .string(let text): text
        case .null, .bool, .array, .object: nil
        }
    }
}
