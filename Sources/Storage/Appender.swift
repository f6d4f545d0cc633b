import Core
import Signing

/// What is on its way to PostgreSQL without waiting for anybody's turn.
struct AppendJob: Sendable {
    struct Delivery: Sendable {
        let app: String
        let kind: EnvelopeKind
        /// To be sealed.
        let plain: [UInt8]
        let receivedAtMs: Int64
    }

    /// Nil: a probe, one row that is written for nothing but to see that it can be.
    let delivery: Delivery?
    /// Gets the delivery's place in the order of storing; 0 for a probe.
    let completion: @Sendable (Result<Int64, StoreError>) -> Void
}

/// Stores deliveries beside the writer, on a thread and a connection of its own: an answer to Meta does not wait for anybody's turn.
///
/// It takes what queued while the last commit was on its way to the disk, and stores all of it in one statement list that the server commits as
/// one. A place in the order of storing is asked for right before the rows are written.
final class Appender {
    private static let groupBytesMax = 16 * 1024 * 1024
    private static let dayMs: Int64 = 86_400_000

    private let queue: WorkQueue<AppendJob>
    private let settings: StoreSettings
    private let memory: WriterMemory
    private let notifier: Notifier
    private let health: HealthBox
    private var driver: (any Driver)?
    private var daysMade: Set<Int64> = []

    init(queue: WorkQueue<AppendJob>, settings: StoreSettings, notifier: Notifier, health: HealthBox) {
        self.queue = queue
        self.settings = settings
        memory = WriterMemory(keys: settings.keys, now: settings.now)
        self.notifier = notifier
        self.health = health
    }

    /// Until the queue is closed and empty.
    func loop() {
        while let jobs = queue.take(max: settings.groupJobsMax) {
            var rest = jobs[...]
            while !rest.isEmpty {
                let group = rest.prefix(Self.countWithinBytes(rest))
                rest = rest.dropFirst(group.count)
                store(Array(group))
            }
        }
        driver?.close()
    }

    private static func countWithinBytes(_ jobs: ArraySlice<AppendJob>) -> Int {
        var (count, bytes) = (0, 0)
        for job in jobs {
            bytes += job.delivery?.plain.count ?? 0
            if count > 0, bytes > groupBytesMax { break }
            count += 1
        }
        return count
    }

    private func store(_ group: [AppendJob]) {
        let keyBefore = memory.storedKeyID
        do throws(StoreError) {
            let driver = try connection()
            var free = try places(group.count { $0.delivery != nil }, driver)[...]
            var inserts: [Statement] = []
            var seqs: [Int64] = []
            inserts.reserveCapacity(group.count)
            for job in group {
                guard let delivery = job.delivery, let seq = free.popFirst() else {
                    inserts.append(Transaction.pulse(settings.now()))
                    seqs.append(0)
                    continue
                }
                let place = Transaction.place("deliveries", "blob", seq, "")
                let blob = try memory.seal(delivery.plain, aad: place, driver)
                inserts.append(
                    """
                    INSERT INTO deliveries (seq, received_at, app, kind, blob)
                    VALUES (\(seq), \(delivery.receivedAtMs), \(delivery.app), \(delivery.kind.rawValue), \(blob))
                    """)
                seqs.append(seq)
            }
            try driver.together(inserts)
            health.committed(atMs: settings.now(), walPages: 0, failure: nil)
            for (job, seq) in zip(group, seqs) { job.completion(.success(seq)) }
            if seqs.contains(where: { $0 > 0 }) { notifier.ring(.deliveries) }
        } catch {
            // The day's key may be stored all the same; another is made then.
            memory.storedKeyID = keyBefore
            driver?.close()
            driver = nil
            health.failed(error)
            for job in group { job.completion(.failure(error)) }
        }
    }

    /// Consecutive places, in partitions that are there.
    private func places(_ count: Int, _ driver: any Driver) throws(StoreError) -> [Int64] {
        guard count > 0 else { return [] }
        let today = settings.now() / Self.dayMs
        let seqs = try driver.run(
            "SELECT touchstone_next_seqs(\(count), \(today << 29)) AS seq"
        ).decoded { row throws(StoreError) in try row.int64("seq") }.sorted()
        guard seqs.count == count, let first = seqs.first, let last = seqs.last else { throw .constraint(.other) }
        for day in first >> 29...last >> 29 where !daysMade.contains(day) {
            _ = try driver.run("SELECT touchstone_make_day(\(day)) AS made")
            daysMade.insert(day)
        }
        return seqs
    }

    private func connection() throws(StoreError) -> any Driver {
        if let driver { return driver }
        let made = try settings.connect(.appender)
        driver = made
        return made
    }
}
