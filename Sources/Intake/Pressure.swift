import Core
import Logging
import Metrics
import Synchronization

/// Whether so much is stored and undone, or so little room is left, that new work must wait outside.
///
/// Requests ask one atomic number. The figures behind it are read beside them, at most once a second, and less often when reading them takes
/// long: a backlog must not be made longer by counting it.
final class Pressure: Sendable {
    typealias Reading = PressureMarks.Reading

    private struct Seen {
        var passed: Set<PressureMarks.Gauge> = []
        var reading = Reading()
    }

    private let marks: PressureMarks
    private let look: @Sendable () async -> Reading
    private let nowMs: @Sendable () -> Int64
    private let logger: Logger
    private let isHighFlag = Atomic<Bool>(false)
    private let dueAtMs = Atomic<Int64>(.min)
    private let seen = Mutex(Seen())
    private let tally = Tally()
    private let refused = Counter(label: "touchstone_requests_under_pressure_total")

    private static let everyMs: Int64 = 1_000
    /// Of the time, at most one part in so many is spent looking.
    private static let restFactor: Int64 = 20
    /// A look that has not come back by then is given up, and another is taken.
    private static let patienceMs: Int64 = 30_000

    /// `look` gives nil for what it can't tell; then what was known stays.
    init(
        _ marks: PressureMarks, nowMs: @escaping @Sendable () -> Int64, logger: Logger,
        look: @escaping @Sendable () async -> Reading
    ) {
        self.marks = marks
        self.nowMs = nowMs
        self.logger = logger
        self.look = look
    }

    var isHigh: Bool { isHighFlag.load(ordering: .relaxed) }

    /// Has a look taken where one is due. Never waits.
    func tend(nowMs: Int64) {
        guard let task = begin(nowMs) else { return }
        Task { await task() }
    }

    /// The same, and waits for it.
    func tended() async {
        guard let task = begin(nowMs()) else { return }
        await task()
    }

    private func begin(_ now: Int64) -> (@Sendable () async -> Void)? {
        let due = dueAtMs.load(ordering: .relaxed)
        // Further ahead than any look sets it: the clock was set back.
        guard now >= due || due > now + Self.patienceMs,
            dueAtMs.compareExchange(expected: due, desired: now + Self.patienceMs, ordering: .relaxed).exchanged
        else { return nil }
        return { [self] in
            let reading = await look()
            let end = nowMs()
            take(reading)
            dueAtMs.store(end + max(Self.everyMs, min(Self.patienceMs, (end - now) * Self.restFactor)), ordering: .relaxed)
        }
    }

    private func take(_ reading: Reading) {
        let (before, after) = seen.withLock { seen in
            let before = seen.passed
            seen.passed = marks.passed(reading, before: before)
            seen.reading = reading
            isHighFlag.store(!seen.passed.isEmpty, ordering: .relaxed)
            return (before, seen.passed)
        }
        guard before != after else { return }
        if after.isEmpty {
            PressureEased().emit(to: logger)
        } else {
            PressureRaised(reasons: reasons).emit(to: logger)
        }
    }

    /// A sentence for each mark that is passed; figures only, no names and no paths.
    var reasons: [String] {
        let (passed, reading) = seen.withLock { ($0.passed, $0.reading) }
        return PressureMarks.Gauge.allCases.filter(passed.contains).map { gauge in
            switch gauge {
            case .undone:
                "\(Self.text(reading.undone)) deliveries and jobs wait to be done; from \(Self.text(marks.undone)) on no more are taken."
            case .database:
                "The database holds \(Self.text(reading.databaseBytes)) bytes; from \(Self.text(marks.databaseBytes)) on no more is taken."
            case .disk:
                "The disk has \(Self.text(reading.diskFreeBytes)) bytes free; below \(Self.text(marks.diskFreeBytes)) no more is taken."
            }
        }
    }

    private static func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "An unknown number of" }

    /// A request was refused for it.
    func tell(nowMs: Int64) {
        tend(nowMs: nowMs)
        refused.increment()
        guard let count = tally.add(nowMs: nowMs) else { return }
        WorkRefused(count: count, reasons: reasons).emit(to: logger)
    }
}
