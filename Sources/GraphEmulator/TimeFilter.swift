/// One entry of `filtering` on a list of leads.
struct TimeFilter: Sendable {
    private let test: Filter.Operator
    private let seconds: Int64

    static func parse(_ text: String?) throws(GraphFailure) -> [TimeFilter] {
        guard let text, !text.isEmpty else { return [] }
        guard case .array(let items)? = JSONReader.read(text) else { throw .parameter("param filtering must be an array.") }
        var filters: [TimeFilter] = []
        for (index, item) in items.enumerated() { filters.append(try TimeFilter(item, index)) }
        return filters
    }

    private init(_ item: Value, _ index: Int) throws(GraphFailure) {
        let tests: [Filter.Operator] = [.greaterThan, .greaterThanOrEqual, .lessThan, .lessThanOrEqual]
        guard item["field"]?.text == "time_created",
            let test = item["operator"]?.text.flatMap(Filter.Operator.init(rawValue:)), tests.contains(test)
        else { throw .parameter("param filtering[\(index)] is not supported: time_created with GREATER_THAN or LESS_THAN is") }
        guard let seconds = item["value"]?.text.flatMap({ Int64($0) }) else {
            throw .parameter("param filtering[\(index)][value] must be an integer.")
        }
        self.test = test
        self.seconds = seconds
    }

    func admits(_ created: Int64) -> Bool {
        switch test {
        case .greaterThan: created > seconds
        case .greaterThanOrEqual: created >= seconds
        case .lessThan: created < seconds
        case .lessThanOrEqual: created <= seconds
        case .equal, .notEqual, .inRange, .notInRange, .isIn, .notIn, .contain, .notContain, .startsWith: false
        }
    }
}
