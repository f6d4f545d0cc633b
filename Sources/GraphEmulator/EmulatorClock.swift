/// The emulator's own clock: the machine's, one that started elsewhere, or one that stands still.
struct EmulatorClock: Sendable {
    private var offsetMs: Int64
    private var frozenAtMs: Int64?
    private let machine: @Sendable () -> Int64

    /// Without a start it is the machine's clock.
    init(startMs: Int64?, frozen: Bool, machine: @escaping @Sendable () -> Int64) {
        self.machine = machine
        let now = machine()
        offsetMs = startMs.map { $0 - now } ?? 0
        frozenAtMs = frozen ? (startMs ?? now) : nil
    }

    var nowMs: Int64 { frozenAtMs ?? (machine() + offsetMs) }

    mutating func advance(ms: Int64) {
        if let frozen = frozenAtMs { frozenAtMs = frozen + ms } else { offsetMs += ms }
    }

    mutating func set(ms: Int64) { advance(ms: ms - nowMs) }

    mutating func freeze(_ frozen: Bool) {
        let now = nowMs
        offsetMs = now - machine()
        frozenAtMs = frozen ? now : nil
    }
}
