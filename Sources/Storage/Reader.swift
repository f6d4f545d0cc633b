/// One read: what to do with a transaction, and how to answer when there is none.
struct ReadJob: Sendable {
    let body: @Sendable (Transaction) -> Void
    let fail: @Sendable (StoreError) -> Void
}

/// A connection that reads, on a thread of its own; each job sees one state of the database.
final class Reader {
    private let queue: WorkQueue<ReadJob>
    private let settings: StoreSettings
    private var driver: (any Driver)?

    init(queue: WorkQueue<ReadJob>, settings: StoreSettings) {
        self.queue = queue
        self.settings = settings
    }

    /// Until the queue is closed and empty.
    func loop() {
        while let job = queue.take(max: 1)?.first {
            do throws(StoreError) {
                try run(job)
            } catch {
                job.fail(error)
                driver?.close()
                driver = nil
            }
        }
        driver?.close()
    }

    /// Throws only before the job has begun.
    private func run(_ job: ReadJob) throws(StoreError) {
        let driver = try connection()
        _ = try driver.run("BEGIN")
        let transaction = Transaction(driver, keys: settings.keys, memory: nil, bootID: settings.bootID)
        job.body(transaction)
        transaction.end()
        do throws(StoreError) {
            _ = try driver.run("COMMIT")
        } catch {
            driver.close()  // the answer is given; the next job gets a new connection
            self.driver = nil
        }
    }

    private func connection() throws(StoreError) -> any Driver {
        if let driver { return driver }
        let made = try settings.connect(.reader)
        driver = made
        return made
    }
}
