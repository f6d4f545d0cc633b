/// Spreads messages over time: `perSecond` of them, one second's worth at once after quiet.
///
/// Times are of a monotonic clock, in nanoseconds.
struct Pace: Sendable {
    /// When the bucket would be full again (generic cell rate algorithm).
    private var fullAtNs: Int64 = 0

    /// How long to wait before sending; 0 for at once. A wait over `waitMsMax` takes no place.
    mutating func take(perSecond: Int, nowNs: Int64, waitMsMax: Int64) -> Int64 {
        let intervalNs = 1_000_000_000 / Int64(max(1, perSecond))
        let fullNs = max(fullAtNs, nowNs)
        let waitNs = max(0, fullNs + intervalNs - nowNs - 1_000_000_000)
        if waitNs <= waitMsMax * 1_000_000 { fullAtNs = fullNs + intervalNs }
        return (waitNs + 999_999) / 1_000_000
    }
}
