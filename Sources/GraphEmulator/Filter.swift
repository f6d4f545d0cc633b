/// One entry of `filtering`, read for a list of a certain level.
struct Filter: Sendable {
    enum Operator: String, Sendable {
        case equal = "EQUAL"
        case notEqual = "NOT_EQUAL"
        case greaterThan = "GREATER_THAN"
        case greaterThanOrEqual = "GREATER_THAN_OR_EQUAL"
        case lessThan = "LESS_THAN"
        case lessThanOrEqual = "LESS_THAN_OR_EQUAL"
        case inRange = "IN_RANGE"
        case notInRange = "NOT_IN_RANGE"
        case isIn = "IN"
        case notIn = "NOT_IN"
        case contain = "CONTAIN"
        case notContain = "NOT_CONTAIN"
        case startsWith = "STARTS_WITH"
    }

    /// Whose attribute it is.
    let level: Level
    /// `id`, `name`, `effective_status`, or a metric.
    let attribute: String
    let test: Operator
    let values: [String]

    static let metrics: Set<String> = [
        "impressions", "clicks", "inline_link_clicks", "spend", "reach", "frequency", "ctr", "cpc", "cpm",
    ]

    var isMetric: Bool { Self.metrics.contains(attribute) }

    /// Reads the parameter; `metrics` says whether metrics may be filtered (insights) or not (edges).
    static func parse(_ text: String?, level: Level, metrics: Bool) throws(GraphFailure) -> [Filter] {
        guard let text, !text.isEmpty else { return [] }
        guard case .array(let items)? = JSONReader.read(text) else { throw .parameter("param filtering must be an array.") }
        var filters: [Filter] = []
        for (index, item) in items.enumerated() {
            filters.append(try Filter(item, index: index, level: level, metrics: metrics))
        }
        return filters
    }

    private init(_ item: Value, index: Int, level: Level, metrics: Bool) throws(GraphFailure) {
        for key in ["field", "operator"] where item[key]?.text == nil {
            throw .parameter("param filtering[\(index)] must have a key '\(key)'.")
        }
        let field = item["field"]?.text ?? ""
        let operation = item["operator"]?.text ?? ""
        let unsupported = GraphFailure.parameter(
            "Filtering field '\(field)' with operation '\(operation.lowercased())' is not supported")
        guard let test = Operator(rawValue: operation) else { throw unsupported }
        let parts = field.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        self.level = parts.count == 2 ? Level(rawValue: parts[0]) ?? .account : level
        attribute = parts.last ?? ""
        self.test = test
        guard parts.count <= 2, parts.count == 1 || self.level > .account,
            Self.tests(of: attribute, metrics: metrics).contains(test), !isMetric(attribute) || self.level == level
        else { throw unsupported }
        values = try Self.values(item["value"], test, index)
        func isMetric(_ name: String) -> Bool { Self.metrics.contains(name) }
    }

    private static func tests(of attribute: String, metrics: Bool) -> Set<Operator> {
        switch attribute {
        case "id": [.isIn, .notIn, .equal, .notEqual]
        case "effective_status": [.isIn, .notIn]
        case "name": [.contain, .notContain, .equal, .notEqual, .startsWith, .isIn, .notIn]
        case _ where metrics && Self.metrics.contains(attribute):
            [
                .equal, .notEqual, .greaterThan, .greaterThanOrEqual, .lessThan, .lessThanOrEqual, .inRange, .notInRange,
            ]
        case _: []
        }
    }

    private static func values(_ value: Value?, _ test: Operator, _ index: Int) throws(GraphFailure) -> [String] {
        switch test {
        case .isIn, .notIn, .inRange, .notInRange:
            guard case .array(let items)? = value else { throw .parameter("param filtering[\(index)][value] must be an array.") }
            let texts = items.compactMap(\.text)
            let isRange = test == .inRange || test == .notInRange
            guard texts.count == items.count, !isRange || texts.count == 2 else {
                throw .parameter("param filtering[\(index)][value] has a value that can't be.")
            }
            return texts
        case .equal, .notEqual, .greaterThan, .greaterThanOrEqual, .lessThan, .lessThanOrEqual, .contain, .notContain,
            .startsWith:
            guard let text = value?.text else { throw .parameter("param filtering[\(index)][value] must be a string.") }
            return [text]
        }
    }

    /// Whether an attribute that is a text passes.
    func admits(_ text: String) -> Bool {
        let first = values.first ?? ""
        switch test {
        case .equal: return text == first
        case .notEqual: return text != first
        case .isIn: return values.contains(text)
        case .notIn: return !values.contains(text)
        case .contain: return text.lowercased().contains(first.lowercased())
        case .notContain: return !text.lowercased().contains(first.lowercased())
        case .startsWith: return text.lowercased().hasPrefix(first.lowercased())
        case .greaterThan, .greaterThanOrEqual, .lessThan, .lessThanOrEqual, .inRange, .notInRange: return false
        }
    }

    /// Whether a metric passes.
    func admits(_ number: Amount) -> Bool {
        let bounds = values.compactMap(Amount.init(text:))
        guard let first = bounds.first, bounds.count == values.count else { return false }
        switch test {
        case .equal: return number == first
        case .notEqual: return number != first
        case .greaterThan: return number > first
        case .greaterThanOrEqual: return number >= first
        case .lessThan: return number < first
        case .lessThanOrEqual: return number <= first
        case .inRange: return number >= first && number <= bounds[1]
        case .notInRange: return number < first || number > bounds[1]
        case .isIn, .notIn, .contain, .notContain, .startsWith: return false
        }
    }
}

extension AdTree {
    /// Whether an entity passes the filters that are about its own level.
    func admits(_ entity: Entity, _ filters: [Filter]) -> Bool {
        filters.allSatisfy { filter in
            guard filter.level == entity.level, !filter.isMetric else { return true }
            switch filter.attribute {
            case "id": return filter.admits(entity.id)
            case "name": return filter.admits(entity.name)
            case "effective_status": return filter.admits(effectiveStatus(of: entity))
            case _: return true
            }
        }
    }

    /// Whether an entity and everything above it pass.
    func admitsLineage(_ entity: Entity, _ filters: [Filter]) -> Bool {
        Level.allCases.allSatisfy { level in
            guard level <= entity.level, let above = ancestor(of: entity, at: level) ?? (level == entity.level ? entity : nil)
            else { return true }
            return admits(above, filters)
        }
    }
}
