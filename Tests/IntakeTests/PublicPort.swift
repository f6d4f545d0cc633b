import Core
import Dispatch
import Intake
import Listener
import Logging
import Signing
import Storage
import Synchronization
import TestSupport

/// The public port as it is in life: TLS listener, intake, a SQLite file.
final class PublicPort: Sendable {
    let place: TemporaryStore
    let store: Store
    let log: LogLines
    let intake: Intake
    private let listener: PublicListener

    static let verifyToken = "fixture-verify-token"

    static func app(
        _ name: String = "main", secrets: [String] = [Fixture.secret], path: String = "/webhooks/meta",
        verifyToken: String = verifyToken,
        allowSHA1: Bool = false
    ) -> IntakeApp {
        IntakeApp(secrets: AppSecrets(app: name, secrets: secrets, allowSHA1: allowSHA1), verifyToken: verifyToken, path: path)
    }

    static func start(
        _ apps: [IntakeApp] = [app()], sources: [IntakeSource] = [], publicURL: String? = nil,
        limits: IntakeLimits = IntakeLimits(), disk: Disk = Disk(), diskFreeBytes: (@Sendable () -> Int?)? = nil,
        nowMs: (@Sendable () -> Int64)? = nil, listener change: (inout ListenerSettings) -> Void = { _ in }
    ) async throws -> PublicPort {
        let certificates = try DevelopmentCertificates.shared()
        let place = try TemporaryStore()
        var options = try place.options()
        if let nowMs { options.now = nowMs }
        let store = try disk.open(options)
        let log = LogLines()
        let intake = Intake(
            apps: apps, sources: sources, publicURL: publicURL, limits: limits, store: store, diskFreeBytes: diskFreeBytes,
            nowMs: options.now, logger: log.logger)
        var settings = ListenerSettings(
            host: "127.0.0.1", port: 0, certificateChainFile: certificates.certificate,
            privateKeyFile: certificates.privateKey)
        change(&settings)
        let listener = try await PublicListener.start(
            settings,
            open: { intake.open($0) }, refuse: { intake.refusal($0, path: $1) })
        return PublicPort(place: place, store: store, log: log, intake: intake, listener: listener)
    }

    private init(place: TemporaryStore, store: Store, log: LogLines, intake: Intake, listener: PublicListener) {
        self.place = place
        self.store = store
        self.log = log
        self.intake = intake
        self.listener = listener
    }

    var curl: Curl { Curl(port: listener.port) }

    /// A delivery signed with `secret`.
    func delivery(_ body: String, secret: String = Fixture.secret, target: String = "/webhooks/meta") -> WebRequest {
        let bytes = Array(body.utf8)
        let signature = "sha256=" + HMACSHA256.hex(key: Array(secret.utf8), bytes)
        return WebRequest(
            "POST", target, headers: [("Content-Type", "application/json"), ("X-Hub-Signature-256", signature)], body: bytes)
    }

    /// App and body of everything that was stored, in the order of storing.
    func stored() async throws -> [(app: String, body: [UInt8])] {
        try await store.read { transaction in
            try transaction.undecoded(limit: 10_000).map { ($0.app, $0.request?.body ?? []) }
        }
    }

    /// Everything that was stored, in the order of storing.
    func deliveries() async throws -> [StoredDelivery] { try await store.read { try $0.undecoded(limit: 10_000) } }

    func stop() async {
        await listener.stop(drainMs: 0)
        await store.close()
    }
}

/// Every line that was logged, with its metadata.
final class LogLines: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }
    var logger: Logger { Logger(label: "intake", factory: { [self] _ in Handler(to: self) }) }

    private struct Handler: LogHandler {
        let to: LogLines
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        init(to: LogLines) { self.to = to }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let line = "\(event.level) \(event.message) " + all.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            to.state.withLock { $0.append(line) }
        }
    }
}

/// A disk that a test can fill or break under a store.
final class Disk: Sendable {
    enum State: Sendable {
        case well
        /// SQLite's own limit of pages is reached: what needs no further page still goes.
        case full
        /// Nothing can be written.
        case broken
        /// Whatever is written waits until the state is another.
        case stuck
    }

    private let current = Mutex((state: State.well, holding: 0))
    private let gate = DispatchSemaphore(value: 0)

    var state: State {
        get { current.withLock { $0.state } }
        set {
            let holding = current.withLock { current in
                current.state = newValue
                guard newValue != .stuck else { return 0 }
                defer { current.holding = 0 }
                return current.holding
            }
            for _ in 0..<holding { gate.signal() }
        }
    }

    /// Somebody waits to write.
    var isHolding: Bool { current.withLock { $0.holding > 0 } }

    private func waitWhileStuck() {
        let waits = current.withLock { current in
            if current.state == .stuck { current.holding += 1 }
            return current.state == .stuck
        }
        if waits { gate.wait() }
    }

    func open(_ options: Store.Options) throws(StoreError) -> Store {
        try Store.open(options) { [self] role throws(StoreError) in
            let driver = try options.location.connect(role)
            guard role == .writer || role == .appender else { return driver }
            return WatchedDriver(driver) { [self] _ throws(StoreError) in try limit(driver) }
        }
    }

    private func limit(_ driver: any Driver) throws(StoreError) {
        waitWhileStuck()
        let state = state
        if state == .broken { throw .ioFailure(code: 778) }
        guard driver.engine == .sqlite else {
            if state == .full { throw .full }
            return
        }
        guard !driver.inTransaction else { return }
        // It keeps at least the pages there are.
        try driver.script("PRAGMA max_page_count = \(state == .full ? 1 : 1_073_741_823)")
    }
}
