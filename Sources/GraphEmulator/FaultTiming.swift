/// When a scripted fault strikes, beside the number of its matches: by chance, for a while, or when too many come.
struct FaultTiming: Sendable {
    /// So many of a million, drawn anew for each match; nil: all.
    private var shareMillionths: Int64?
    /// The state of the draws.
    private var seed: UInt64
    /// From this long after the fault was put there.
    private let afterMs: Int64
    /// For so long; nil: for ever.
    private let downMs: Int64?
    /// Only matches above so many in a second; nil: all.
    private let perSecondMax: Int64?
    private var rate = SlidingCount(spanMs: 1_000, slotMs: 50)
    /// When it was put there; the first match tells where nobody else did.
    private var startMs: Int64?

    static let keys: Set<String> = ["share", "seed", "after_ms", "down_ms", "above_per_second"]

    /// Whether any of it was asked for: then a fault strikes more than once where nothing else is said.
    let isAsked: Bool

    init(_ entry: ScenarioEntry, number: Int) throws(ScenarioError) {
        shareMillionths = try entry.share("share")
        seed = UInt64(bitPattern: try entry.integer("seed") ?? Int64(number))
        afterMs = try entry.integer("after_ms") ?? 0
        downMs = try entry.integer("down_ms")
        perSecondMax = try entry.integer("above_per_second")
        isAsked = shareMillionths != nil || downMs != nil || perSecondMax != nil || afterMs > 0
    }

    /// Its time counts from now.
    mutating func start(nowMs: Int64) { startMs = startMs ?? nowMs }

    /// Whether a match now is struck.
    mutating func strikes(nowMs: Int64) -> Bool {
        start(nowMs: nowMs)
        let age = nowMs - (startMs ?? nowMs)
        if let perSecondMax {
            rate.add(1, nowMs: nowMs)
            guard rate.sum(nowMs: nowMs) > perSecondMax else { return false }
        }
        guard age >= afterMs, downMs.map({ age < afterMs + $0 }) ?? true else { return false }
        return shareMillionths.map { draw() < $0 } ?? true
    }

    /// 0 to 999 999; the same row of them for the same seed (SplitMix64).
    private mutating func draw() -> Int64 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var z = seed
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int64((z ^ (z >> 31)) % 1_000_000)
    }
}
