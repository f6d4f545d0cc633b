import Core
import Foundation
package import Signing

/// Everything durable: one SQLite file of this process, or one PostgreSQL database that several gateways share.
///
/// `write` and `append` are answered after the commit is on disk. Reads see a state of their own and wait for nobody.
package final class Store: Sendable {
    /// How a store is opened.
    package struct Options: Sendable {
        package var location: StoreLocation
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
            at location: StoreLocation, masterKeys: [MasterKey], bootID: String, readers: Int = 2,
            groupJobsMax: Int = Limits.groupJobsMax, readOnly: Bool = false,
            now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1000) }
        ) {
            self.location = location
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
    /// On PostgreSQL only: there deliveries take a way of their own.
    private let appends = WorkQueue<AppendJob>()
    private let reads = WorkQueue<ReadJob>()
    private let checkpoints = CheckpointTurn()
    private let healthBox = HealthBox()
    private let threads = ThreadCount()
    /// Nil in a store that only reads, and on PostgreSQL.
    private let lock: ProcessLock?
    private let carrier: BellCarrier?
    private let keys: DataKeys
    private let settings: StoreSettings

    package var bootID: String { options.bootID }

    /// Other processes may serve the same database.
    package var isShared: Bool { options.location.engine == .postgresql }

    package var health: StoreHealth {
        var health = healthBox.value
        health.waitingJobs = writes.count + appends.count
        return health
    }

    /// Locks a file for this process, migrates the database, checks the master key, and frees what earlier processes of a file had leased.
    ///
    /// Read-only opening needs no lock and works beside a running gateway.
    package static func open(_ options: Options) throws(StoreError) -> Store {
        switch options.location {
        case .file(let path):
            return try open(options) { role throws(StoreError) in try SQLiteDriver(path: path, role: role) }
        case .server(let address):
            let server = PostgresServer(address: address)
            return try open(options, server: server) { role throws(StoreError) in try server.connect(role) }
        }
    }

    /// The same over connections of the caller's making: a test counts and fails their calls.
    package static func open(
        _ options: Options, connect: @escaping @Sendable (DriverRole) throws(StoreError) -> any Driver
    ) throws(StoreError) -> Store {
        var server: PostgresServer?
        if case .server(let address) = options.location { server = PostgresServer(address: address) }
        return try open(options, server: server, connect: connect)
    }

    private static func open(
        _ options: Options, server: PostgresServer?,
        connect: @escaping @Sendable (DriverRole) throws(StoreError) -> any Driver
    ) throws(StoreError) -> Store {
        let keys = DataKeys(masters: options.masterKeys)
        let settings = StoreSettings(
            keys: keys, bootID: options.bootID, groupJobsMax: max(1, options.groupJobsMax), now: options.now, connect: connect)
        var lock: ProcessLock?
        if case .file(let path) = options.location {
            let exists = access(path, F_OK) == 0
            if options.readOnly {
                guard exists else { throw .missing }
            } else {
                if !exists { try StoreSetup.makeFile(path) }
                lock = try ProcessLock(path: path + ".lock")
            }
        }
        guard !options.readOnly else {
            try StoreSetup.check(settings)
            return try Store(options, settings, lock: nil, server: nil, start: nil)
        }
        return try Store(options, settings, lock: lock, server: server, start: try StoreSetup.prepare(settings))
    }

    /// What `open` would migrate; everything when there is no database yet.
    package static func pendingMigrations(at location: StoreLocation) throws(StoreError) -> [Migration] {
        if case .file(let path) = location, access(path, F_OK) != 0 { return Migration.all }
        let driver = try location.connect(.reader)
        defer { driver.close() }
        return try Migration.pending(driver)
    }

    private init(
        _ options: Options, _ settings: StoreSettings, lock: ProcessLock?, server: PostgresServer?, start: StartState?
    ) throws(StoreError) {
        self.options = options
        self.settings = settings
        self.lock = lock
        carrier = server.map { [notifier] in BellCarrier(server: $0, notifier: notifier, bootID: options.bootID) }
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
        guard let carrier else {
            threads.start("store-checkpoint") { [checkpoints] in Checkpointer(turn: checkpoints, settings: settings).loop() }
            return
        }
        threads.start("store-append") { [appends, notifier, healthBox] in
            Appender(queue: appends, settings: settings, notifier: notifier, health: healthBox).loop()
        }
        notifier.carry { [weak carrier] bell in carrier?.carry(bell) }
        threads.start("store-bells") { carrier.loop() }
    }

    deinit {
        writes.close()
        appends.close()
        carrier?.close()
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
        guard !isShared else {
            let delivery = AppendJob.Delivery(app: app, kind: kind, plain: plain, receivedAtMs: receivedAtMs)
            let job = AppendJob(delivery: delivery, completion: completion)
            return settle(appends.put(job, max: Limits.writerQueueMax), completion)
        }
        let job = WriteJob(
            needsSavepoint: false,
            body: { transaction in
                let seq = try transaction.append(app: app, kind: kind, plain: plain, receivedAtMs: receivedAtMs)
                return { completion(.success(seq)) }
            },
            fail: { completion(.failure($0 as? StoreError ?? .ioFailure(code: 0))) })
        settle(writes.put(job, isUrgent: true, max: Limits.writerQueueMax), completion)
    }

    private func settle(
        _ admission: QueueAdmission, _ completion: @Sendable (Result<Int64, StoreError>) -> Void
    ) {
        switch admission {
        case .accepted: break
        case .full: completion(.failure(.overloaded))
        case .closed: completion(.failure(.closed))
        }
    }

    /// Work that waits long, on a connection and a thread of its own.
    func onThread<T: Sendable>(
        _ name: String, _ body: @escaping @Sendable (any Driver) throws(StoreError) -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            threads.start(name) { [settings] in
                continuation.resume(
                    with: Result { () throws(StoreError) in
                        let driver = try settings.connect(.tender)
                        defer { driver.close() }
                        return try body(driver)
                    }.mapError { $0 as any Error })
            }
        }
    }

    /// The keyed digest of a text, 40 hexadecimal digits: finds again what was stored about it, and tells nothing else.
    package func conceal(_ text: String) throws(StoreError) -> String { try keys.conceal(text) }

    /// One real write, all the way to the disk, that needs room: fails when the database can't grow, though a row could still be changed.
    ///
    /// On PostgreSQL it goes the way of deliveries: whether they can be stored does not depend on whose turn it is to write all else.
    package func probe() async throws {
        guard !isShared else {
            return try await withCheckedThrowingContinuation { continuation in
                let completion: @Sendable (Result<Int64, StoreError>) -> Void = { answer in
                    continuation.resume(with: answer.map { _ in () }.mapError { $0 as any Error })
                }
                settle(appends.put(AppendJob(delivery: nil, completion: completion), max: Limits.writerQueueMax), completion)
            }
        }
        let nowMs = options.now()
        try await write { transaction in
            try transaction.run("INSERT INTO pulse (id, at, filler) VALUES (2, \(nowMs), \([UInt8](repeating: 0, count: 8192)))")
            try transaction.run("DELETE FROM pulse WHERE id = 2")
            try transaction.run(Transaction.pulse(nowMs))
        }
    }

    /// Finishes what waits, writes the log back and lets go of the file; later calls get `.closed`.
    package func close() async {
        writes.close()
        appends.close()
        reads.close()
        checkpoints.requests.close()
        carrier?.close()
        await threads.ended()
        lock?.release()
    }
}
