/// How much there was in the last stretch of time, counted in slots.
struct SlidingCount: Sendable {
    let spanMs: Int64
    let slotMs: Int64
    private var slots: [(slot: Int64, count: Int64)] = []
    private var total: Int64 = 0

    init(spanMs: Int64, slotMs: Int64) {
        self.spanMs = spanMs
        self.slotMs = slotMs
    }

    mutating func add(_ count: Int64, nowMs: Int64) {
        let slot = nowMs.flooredDivision(by: slotMs)
        if slots.last?.slot == slot { slots[slots.count - 1].count += count } else { slots.append((slot, count)) }
        total += count
        prune(nowMs)
    }

    mutating func sum(nowMs: Int64) -> Int64 {
        prune(nowMs)
        return total
    }

    private mutating func prune(_ nowMs: Int64) {
        let oldest = (nowMs - spanMs).flooredDivision(by: slotMs)
        let gone = slots.prefix { $0.slot <= oldest }
        guard !gone.isEmpty else { return }
        total -= gone.reduce(0) { $0 + $1.count }
        slots.removeFirst(gone.count)
    }
}
