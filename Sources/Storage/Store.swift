import Core
import Foundation
package import Signing

/// Everything durable, in one SQLite file of this process.
///
/// `write` and `append` are answered after the commit is on disk. Reads see a state of their own and wait for nobody.
package final class Store: Sendable {
    /// How a store is opened.
    package struct Options: Sendable {
        package var path: String
        /// The current key first, then those that still open older rows.
        package var masterKeys: [MasterKey]
        /// Random, new with every start of the process.
        package var bootID: String
        package var readers: Int
        /// Jobs of one commit at most; 1 switches group commit off, for the benchmark.
        package var groupJobsMax: Int
        package var readOnly: Bool
        /// ms since 1970.
        package var now: @Sendable () -> Int64

        package init(
            path: String, masterKeys: [MasterKey], bootID: String, readers: Int = 2, groupJobsMax: Int = Limits.groupJobsMax,
            readOnly: Bool = false, now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
        ) {
            self.path = path
            self.masterKeys = masterKeys
            self.bootID = bootID
            self.readers = readers
            self.groupJobsMax = groupJobsMax
            self.readOnly = readOnly
            self.now = now
        }
    }

    package let options: Options
    package let notifier = Notifier()
    private let writes = WorkQueue<WriteJob>()
    private let reads = WorkQueue<ReadJob>()
    private let checkpoints = CheckpointTurn()
    private let healthBox = HealthBox()
    private let threads = ThreadCount()
    /// Nil in a store that only reads.
    private let lock: ProcessLock?
    private let keys: DataKeys

    package var bootID: String { options.bootID }

    package var health: StoreHealth {
        var health = healthBox.value
        health.waitingJobs = writes.count
        return health
    }

    /// Locks the database for this process, migrates it, checks the master key and frees what earlier processes had leased.
    ///
    /// Read-only opening needs no lock and works beside a running gateway.
    package static func open(_ options: Options) throws(StoreError) -> Store {
        let path = options.path
        return try open(options) { role throws(StoreError) in try SQLiteDriver(path: path, role: role) }
    }

    /// The same over connections of the caller's making: a test counts and fails their calls.
    package static func open(
        _ options: Options, connect: @escaping @Sendable (DriverRole) throws(StoreError) -> any Driver
    ) throws(StoreError) -> Store {
        let keys = DataKeys(masters: options.masterKeys)
        let settings = StoreSettings(
            keys: keys, bootID: options.bootID, groupJobsMax: max(1, options.groupJobsMax), now: options.now, connect: connect)
        let exists = access(options.path, F_OK) == 0
        guard !options.readOnly else {
            guard exists else { throw .missing }
            try StoreSetup.check(settings)
            return try Store(options, settings, lock: nil, start: nil)
        }
        if !exists { try StoreSetup.makeFile(options.path) }
        let lock = try ProcessLock(path: options.path + ".lock")
        return try Store(options, settings, lock: lock, start: try StoreSetup.prepare(settings))
    }

    /// What `open` would migrate; everything when there is no file yet.
    package static func pendingMigrations(path: String) throws(StoreError) -> [Migration] {
        guard access(path, F_OK) == 0 else { return Migration.all }
        let driver = try SQLiteDriver(path: path, role: .reader)
        defer { driver.close() }
        return try Migration.pending(driver)
    }

    private init(_ options: Options, _ settings: StoreSettings, lock: ProcessLock?, start: StartState?) throws(StoreError) {
        self.options = options
        self.lock = lock
        self.keys = settings.keys
        for number in 0..<max(1, options.readers) {
            threads.start("store-read-\(number)") { [reads] in Reader(queue: reads, settings: settings).loop() }
        }
        guard let start else { return }
        threads.start("store-write") { [writes, checkpoints, notifier, healthBox] in
            // The lock lives as long as the thread that writes, even when the store itself is dropped.
            withExtendedLifetime(lock) {
                Self.runWriter(start, settings, writes, checkpoints, notifier, healthBox)
            }
        }
        threads.start("store-checkpoint") { [checkpoints] in Checkpointer(turn: checkpoints, settings: settings).loop() }
    }

    deinit {
        writes.close()
        reads.close()
        checkpoints.requests.close()
    }

    private static func runWriter(
        _ start: StartState, _ settings: StoreSettings, _ writes: WorkQueue<WriteJob>, _ checkpoints: CheckpointTurn,
        _ notifier: Notifier,
        _ health: HealthBox
    ) {
        do throws(StoreError) {
            let memory = try WriterMemory(start: start, keys: settings.keys, now: settings.now)
            Writer(
                queue: writes, checkpoints: checkpoints, settings: settings, memory: memory, notifier: notifier, health: health
            ).loop()
        } catch {
            health.failed(error)
            while let jobs = writes.take(max: .max) { for job in jobs { job.fail(error) } }
        }
    }

    /// Runs `body` in a savepoint of the writer's group; returns after the group's commit.
    ///
    /// What `body` throws is thrown here, and only its own work is undone. `StoreError` when the commit fails: nothing of the group stays.
    package func write<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        guard !options.readOnly else { throw StoreError.readOnly }
        return try await withCheckedThrowingContinuation { continuation in
            let job = WriteJob(
                needsSavepoint: true,
                body: { transaction in
                    let value = try body(transaction)
                    return { continuation.resume(returning: value) }
                },
                fail: { continuation.resume(throwing: $0) })
            if writes.put(job) != .accepted { continuation.resume(throwing: StoreError.closed) }
        }
    }

    /// Runs `body` on a connection that can't write; all its statements see the same state.
    package func read<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let job = ReadJob(
                body: { transaction in continuation.resume(with: Result { try body(transaction) }) },
                fail: { continuation.resume(throwing: $0) })
            if reads.put(job) != .accepted { continuation.resume(throwing: StoreError.closed) }
        }
    }

    /// Stores a verified delivery; `completion` gets its place in the order of storing when it is on disk.
    ///
    /// Never blocks. `completion` runs on the writer's thread, or at once on this one when the store is closed or overloaded: it must be quick.
    package func append(
        _ envelope: Envelope, receivedAtMs: Int64, completion: @escaping @Sendable (Result<Int64, StoreError>) -> Void
    ) {
        guard !options.readOnly else { return completion(.failure(.readOnly)) }
        let (app, kind, plain) = (envelope.app, envelope.kind, envelope.request.encode())
        let job = WriteJob(
            needsSavepoint: false,
            body: { transaction in
                let seq = try transaction.append(app: app, kind: kind, plain: plain, receivedAtMs: receivedAtMs)
                return { completion(.success(seq)) }
            },
            fail: { completion(.failure($0 as? StoreError ?? .ioFailure(code: 0))) })
        switch writes.put(job, max: Limits.writerQueueMax) {
        case .accepted: break
        case .full: completion(.failure(.overloaded))
        case .closed: completion(.failure(.closed))
        }
    }

    /// The keyed digest of a text, 40 hexadecimal digits: finds again what was stored about it, and tells nothing else.
    package func conceal(_ text: String) throws(StoreError) -> String { try keys.conceal(text) }

    /// One real write, all the way to the disk, that needs room: fails when the database can't grow, though a row could still be changed.
    package func probe() async throws {
        let nowMs = options.now()
        try await write { transaction in
            try transaction.run("INSERT INTO pulse (id, at, filler) VALUES (2, \(nowMs), \([UInt8](repeating: 0, count: 8192)))")
            try transaction.run("DELETE FROM pulse WHERE id = 2")
            try transaction.run("INSERT INTO pulse (id, at) VALUES (1, \(nowMs)) ON CONFLICT (id) DO UPDATE SET at = excluded.at")
        }
    }

    /// Finishes what waits, writes the log back and lets go of the file; later calls get `.closed`.
    package func close() async {
        writes.close()
        reads.close()
        checkpoints.requests.close()
        await threads.ended()
        lock?.release()
    }
}
