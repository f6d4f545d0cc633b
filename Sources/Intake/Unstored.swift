import Logging
import Metrics
import Storage

/// Says that deliveries could not be stored: a full disk fills no log.
final class Unstored: Sendable {
    private let tally = Tally()
    private let counter = Counter(label: "touchstone_deliveries_unstored_total")
    private let nowMs: @Sendable () -> Int64
    private let logger: Logger

    init(nowMs: @escaping @Sendable () -> Int64, logger: Logger) {
        self.nowMs = nowMs
        self.logger = logger
    }

    func tell(_ error: StoreError) {
        counter.increment()
        guard let count = tally.add(nowMs: nowMs()) else { return }
        DeliveriesNotStored(error: "\(error)", count: count).emit(to: logger)
    }
}
