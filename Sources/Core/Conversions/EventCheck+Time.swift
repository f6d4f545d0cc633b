extension EventCheck {
    /// From here on a number of seconds would lie in the year 5138: it is one of milliseconds.
    private static let millisecondsMin: Int64 = 100_000_000_000

    mutating func checkTime() {
        let path = place.key("event_time")
        guard let value = fields["event_time"] else {
            find(.timeMissing, path)
            return
        }
        fields["event_time"] = seconds(of: value, path).map { .integer($0) }
        checkAttributionTime()
    }

    /// Meta takes an attribution for two days after the event that it is about. What names that event stays in what is kept of it: whoever
    /// mends it has to see it.
    private mutating func checkAttributionTime() {
        guard fields["event_name"]?.text == ConversionDecoder.attribution, let own = fields["event_time"]?.integer else { return }
        let named = fields["original_event_data"]?["event_time"]?.integer
        let seconds = named.map { $0 >= Self.millisecondsMin ? $0 / 1_000 : $0 } ?? own
        guard seconds < clock.nowSeconds - Limits.attributionAgeMaxSeconds else { return }
        find(.attributionTooOld, named == nil ? place.key("event_time") : place.key("original_event_data").key("event_time"))
    }

    /// The time as it goes on; nil when it is at fault.
    private mutating func seconds(of value: JSON, _ path: ConversionPath) -> Int64? {
        guard var seconds = whole(value, path) else { return nil }
        if seconds >= Self.millisecondsMin {
            guard find(.timeInMilliseconds, path) == .repair else { return nil }
            seconds /= 1_000
        }
        sentTimeSeconds = seconds
        guard seconds >= clock.nowSeconds - ageMaxSeconds else {
            find(.timeTooOld, path)
            return nil
        }
        guard seconds > clock.nowSeconds else { return seconds }
        let isNear = seconds <= clock.nowSeconds + Limits.conversionSkewMaxSeconds
        return find(isNear ? .timeSetBack : .timeInFuture, path) == .repair ? clock.nowSeconds : nil
    }

    /// Meta's bound. A refund goes to nobody, and may come long after its order: any time since 1970 is good.
    private var ageMaxSeconds: Int64 {
        guard !isRefund else { return clock.nowSeconds }
        let isStore = fields["action_source"]?.text == "physical_store"
        return isStore ? Limits.storeConversionAgeMaxSeconds : Limits.conversionAgeMaxSeconds
    }

    /// A whole number; of one with a fraction, as Python's `time.time()` gives it, what stands before the point.
    private mutating func whole(_ value: JSON, _ path: ConversionPath) -> Int64? {
        if let whole = value.integer { return whole }
        let parts = (value.scalarText ?? "").split(separator: ".", omittingEmptySubsequences: false)
        let isDecimal = parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }
        guard isDecimal, let whole = Int64(parts[0]) else {
            find(.timeInvalid, path)
            return nil
        }
        return find(.timeFraction, path) == .repair ? whole : nil
    }
}
