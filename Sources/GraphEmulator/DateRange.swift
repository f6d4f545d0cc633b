/// The days that one insights row is about.
typealias DayRange = ClosedRange<CivilDay>

/// `date_preset`, `time_range`, `time_ranges` and `time_increment`, read for an account's day.
struct DateRange {
    let today: CivilDay
    /// The first day that the account has figures for; where `maximum` starts.
    let first: CivilDay

    static let presets = [
        "data_maximum", "last_14d", "last_28d", "last_30d", "last_3d", "last_7d", "last_90d", "last_month", "last_quarter",
        "last_week_mon_sun", "last_week_sun_sat", "last_year", "maximum", "this_month", "this_quarter", "this_week_mon_today",
        "this_week_sun_today", "this_year", "today", "yesterday",
    ]

    /// The rows' days, in order; `time_ranges` may overlap and know no increment.
    func buckets(_ params: [String: String]) throws(GraphFailure) -> [DayRange] {
        if let text = params["time_ranges"] {
            guard case .array(let items)? = JSONReader.read(text), !items.isEmpty else {
                throw .parameter("param time_ranges must be an array.")
            }
            var ranges: [DayRange] = []
            for item in items { ranges.append(try range(item, "time_ranges")) }
            return ranges
        }
        let range = try wholeRange(params)
        return try divided(range, params["time_increment"] ?? "all_days")
    }

    private func wholeRange(_ params: [String: String]) throws(GraphFailure) -> DayRange {
        if let text = params["time_range"] {
            guard let value = JSONReader.read(text) else { throw .parameter("param time_range must be a JSON object.") }
            return try range(value, "time_range")
        }
        let preset = params["date_preset"] ?? "last_30d"
        guard let range = named(preset) else {
            throw .parameter("date_preset must be one of the following values: \(Self.presets.joined(separator: ", "))")
        }
        return range
    }

    private func range(_ value: Value, _ name: String) throws(GraphFailure) -> DayRange {
        guard let since = value["since"]?.text.flatMap(CivilDay.init(text:)),
            let until = value["until"]?.text.flatMap(CivilDay.init(text:))
        else { throw .parameter("param \(name) must have 'since' and 'until' as YYYY-MM-DD.") }
        guard since <= until else { throw .parameter("param \(name)[since] must not be after \(name)[until].") }
        guard since >= today.sameDay(addingMonths: -37) else { throw .tooFarBack }
        return since...until
    }

    private func divided(_ range: DayRange, _ increment: String) throws(GraphFailure) -> [DayRange] {
        if increment == "all_days" { return [range] }
        let step: (CivilDay) -> CivilDay
        if increment == "monthly" {
            step = { $0.month(adding: 1) }
        } else {
            guard let days = Int(increment), (1...90).contains(days) else {
                throw .parameter("time_increment must be an integer between 1 and 90, or one of all_days, monthly")
            }
            step = { $0 + days }
        }
        var buckets: [DayRange] = []
        var start = range.lowerBound
        while start <= range.upperBound {
            let next = step(start)
            buckets.append(start...min(next + -1, range.upperBound))
            start = next
        }
        return buckets
    }

    private func named(_ name: String) -> DayRange? {
        let month = today.firstOfMonth
        let quarter = month.month(adding: -((month.civil.month - 1) % 3))
        let year = CivilDay(year: today.civil.year, month: 1, day: 1)
        let monday = today + -today.weekday
        let sunday = today + -((today.weekday + 1) % 7)
        switch name {
        case "today": return today...today
        case "yesterday": return today + -1...today + -1
        case "last_3d", "last_7d", "last_14d", "last_28d", "last_30d", "last_90d":
            let days = Int(name.dropFirst(5).dropLast()) ?? 0
            return today + -days...today + -1
        case "this_month": return month...today
        case "last_month": return month.month(adding: -1)...month + -1
        case "this_quarter": return quarter...today
        case "last_quarter": return quarter.month(adding: -3)...quarter + -1
        case "this_year": return year...today
        case "last_year": return CivilDay(year: today.civil.year - 1, month: 1, day: 1)...year + -1
        case "this_week_mon_today": return monday...today
        case "this_week_sun_today": return sunday...today
        case "last_week_mon_sun": return monday + -7...monday + -1
        case "last_week_sun_sat": return sunday + -7...sunday + -1
        case "maximum", "data_maximum": return min(max(first, today.sameDay(addingMonths: -37)), today)...today
        case _: return nil
        }
    }
}
