import Core
import Dispatch
import Synchronization

/// One job of the writer: what to do, and how to answer.
struct WriteJob: Sendable {
    /// False only for a job of a single statement, which the engine makes atomic by itself.
    let needsSavepoint: Bool
    /// Does the work and gives what to call when it is on disk.
    let body: @Sendable (Transaction) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
}

/// The one connection that writes, on a thread of its own; on PostgreSQL the writers of all gateways take turns.
///
/// It takes what queued while the last commit was on its way to the disk, runs each job in a savepoint (a job that throws rolls back
/// alone), commits once, then releases all answers. When the group itself fails, every job in it fails with that error and nothing of it
/// stays. There is no timer: an idle store commits a lone job at once, a busy one makes its groups larger by itself.
///
/// What comes in goes first: somebody waits for its answer. While some of it waits, a group that has lasted for `longMs` already takes no
/// more of the other jobs than one, so that these go on however much comes in (on SQLite; on PostgreSQL what comes in has a connection of its own).
final class Writer {
    private let queue: WorkQueue<WriteJob>
    private let checkpoints: CheckpointTurn
    private let settings: StoreSettings
    private let memory: WriterMemory
    private let notifier: Notifier
    private let health: HealthBox
    private var driver: (any Driver)?
    private var restartAtPages = Writer.walPagesMax
    /// Met by a job of the group alone, as when its rows need a page that the disk does not have.
    private var diskFault: StoreError?

    private static let longMs: Int64 = 2
    private static let walPagesMax = Limits.walBytesMax / 4096
    /// The checkpointing thread is woken from here on.
    private static let passiveFromPages = walPagesMax / 8

    init(
        queue: WorkQueue<WriteJob>, checkpoints: CheckpointTurn, settings: StoreSettings, memory: WriterMemory,
        notifier: Notifier,
        health: HealthBox
    ) {
        self.queue = queue
        self.checkpoints = checkpoints
        self.settings = settings
        self.memory = memory
        self.notifier = notifier
        self.health = health
    }

    /// Until the queue is closed and empty.
    func loop() {
        while let group = queue.take(max: settings.groupJobsMax) {
            do throws(StoreError) {
                try commit(group)
            } catch {
                if mustReconnect(after: error) { disconnect() }
            }
            tendLog()
        }
        // What is left in the log is found again by the next process; a tidy file is only a courtesy.
        try? driver?.checkpoint(.truncate)
        disconnect()
    }

    private struct Done {
        let job: WriteJob
        let answer: @Sendable () -> Void
    }

    private func commit(_ group: [WriteJob]) throws(StoreError) {
        let keyBefore = memory.storedKeyID
        var open = group[...]
        var done: [Done] = []
        done.reserveCapacity(group.count)
        var bells: Set<Bell> = []
        diskFault = nil
        do throws(StoreError) {
            let driver = try connection()
            let turnID = try driver.begin()
            if let turnID { memory.follow(turnID) }
            let beganMs = Self.clockMs()
            var others = 0
            while let job = open.first {
                if job.needsSavepoint {
                    if others > 0, queue.hasUrgent, Self.clockMs() - beganMs >= Self.longMs { break }
                    others += 1
                }
                if let answer = try run(job, on: driver, &bells) { done.append(Done(job: job, answer: answer)) }
                open.removeFirst()
            }
            try driver.commit(lastID: memory.lastID == turnID ? nil : memory.lastID)
            if !done.isEmpty { health.committed(atMs: settings.now(), walPages: driver.walPages, failure: diskFault) }
        } catch {
            memory.storedKeyID = keyBefore
            rollBack()
            health.failed(error)  // before anybody is told: who hears of a failure finds it in the health too
            for job in done { job.job.fail(error) }
            for job in open { job.fail(error) }
            throw error
        }
        queue.putBack(open)
        for job in done { job.answer() }
        for bell in bells { notifier.ring(bell) }
    }

    /// Milliseconds since some moment.
    private static func clockMs() -> Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }

    /// The job's answer for after the commit; nil when it failed alone and has been told. Throws when the whole group is lost.
    private func run(_ job: WriteJob, on driver: any Driver, _ bells: inout Set<Bell>) throws(StoreError) -> (
        @Sendable () -> Void
    )? {
        let keyBefore = memory.storedKeyID
        let transaction = Transaction(driver, keys: settings.keys, memory: memory, bootID: settings.bootID)
        defer { transaction.end() }
        if job.needsSavepoint { _ = try driver.run("SAVEPOINT job") }
        do {
            let answer = try job.body(transaction)
            try transaction.settle()
            if job.needsSavepoint { _ = try driver.run("RELEASE job") }
            bells.formUnion(transaction.bells)
            return answer
        } catch {
            // SQLite may have given up the whole transaction, as on a full disk: then nothing of the group is there any more.
            guard driver.inTransaction else { throw error as? StoreError ?? .ioFailure(code: 0) }
            if job.needsSavepoint {
                _ = try driver.run("ROLLBACK TO job")
                _ = try driver.run("RELEASE job")
                memory.storedKeyID = keyBefore
            }
            if let error = error as? StoreError, Self.isOfDisk(error) {
                diskFault = error
                health.failed(error)
            }
            job.fail(error)
            return nil
        }
    }

    private func rollBack() {
        guard let driver, driver.inTransaction else { return }
        do throws(StoreError) {
            _ = try driver.run("ROLLBACK")
        } catch {
            disconnect()  // closing it rolls back
        }
    }

    private func connection() throws(StoreError) -> any Driver {
        if let driver { return driver }
        let made = try settings.connect(.writer)
        driver = made
        return made
    }

    private func disconnect() {
        driver?.close()
        driver = nil
    }

    /// After a failed sync the kernel may hold as written what is not: a new connection reads everything again.
    private func mustReconnect(after error: StoreError) -> Bool {
        switch error {
        case .ioFailure, .corrupt, .cannotOpen, .statement, .readOnly, .closed, .unreachable, .timeout: true
        case .full, .busy, .fenced, .constraint, .locked, .overloaded, .newerSchema, .olderSchema, .wrongMasterKey, .missing,
            .sealed,
            .column:
            false
        }
    }

    private static func isOfDisk(_ error: StoreError) -> Bool {
        switch error {
        case .full, .ioFailure, .corrupt: true
        case .busy, .constraint, .locked, .overloaded, .newerSchema, .olderSchema, .wrongMasterKey, .missing, .sealed, .column,
            .cannotOpen, .statement, .readOnly, .closed, .unreachable, .timeout, .fenced:
            false
        }
    }

    /// Wakes the checkpointing thread early, and starts the log anew itself when that does not keep up.
    private func tendLog() {
        guard let driver, driver.walPages >= Self.passiveFromPages else { return }
        guard driver.walPages >= restartAtPages else { return checkpoints.request() }
        do throws(StoreError) {
            if try restartLog(driver) { restartAtPages = Self.walPagesMax }
        } catch {
            // A reader holds on to an old state: wait for more to do, not for the reader.
            restartAtPages = driver.walPages + Self.walPagesMax / 4
        }
    }

    /// False: the other thread is at it, and the next group asks again. At twice the limit all groups wait for it: then the disk is too slow.
    private func restartLog(_ driver: any Driver) throws(StoreError) -> Bool {
        if driver.walPages < 2 * Self.walPagesMax {
            return try checkpoints.turn.withLockIfAvailable { _ throws(StoreError) in try driver.checkpoint(.restart) } != nil
        }
        try checkpoints.turn.withLock { _ throws(StoreError) in try driver.checkpoint(.restart) }
        return true
    }
}
