import Admin
import Core
package import Engine
import Intake
import Listener
package import Logging
import ServiceLifecycle
import Signing
package import Storage
import Synchronization

/// One running gateway: store, engine, admin port and public port, wired from one configuration.
///
/// `serve`, the tests and the bench all use `build`. Start is in the order of dependency, stop in the reverse.
package final class Gateway: Service {
    /// Where the public port listens; known after `start`.
    package var port: Int { listener.port }
    package let store: Store
    package let engine: EventEngine
    private let listener: PublicListener
    private let admin: AdminPort
    private let policies: ConversionPolicies
    private let intake: Intake
    private let capture: Capture?
    private let telemetry: Telemetry
    /// What is in force.
    private let settings: Mutex<Settings>
    private let logger: Logger

    private init(
        settings: Settings, store: Store, engine: EventEngine, intake: Intake, listener: PublicListener, admin: AdminPort,
        policies: ConversionPolicies, capture: Capture?, telemetry: Telemetry, logger: Logger
    ) {
        self.settings = Mutex(settings)
        self.store = store
        self.engine = engine
        self.intake = intake
        self.listener = listener
        self.admin = admin
        self.policies = policies
        self.capture = capture
        self.telemetry = telemetry
        self.logger = logger
    }

    /// Opens the store, reads its holds, takes the public socket. Requests are answered from here on; work starts with `run`.
    ///
    /// Throws `StoreError` (locked by another process, wrong key, newer schema, …) or what the sockets say.
    package static func build(
        _ settings: Settings, clock: any WallClock = SystemClock(), groupJobsMax: Int = Limits.groupJobsMax,
        capture captureSettings: CaptureSettings? = nil, telemetry: Telemetry? = nil, logger: Logger
    ) async throws -> Gateway {
        let telemetry = telemetry ?? .borrowed(logger)
        let store = try Store.open(try settings.storeOptions(clock: clock, groupJobsMax: groupJobsMax))
        do {
            let engine = try await EventEngine(
                settings: try settings.engineSettings(), store: store, clock: clock, logger: logger)
            let intake = Intake(
                apps: settings.intakeApps, sources: settings.intakeSources, publicURL: settings.listen.publicURL,
                limits: settings.intakeLimits, store: store, nowMs: { clock.nowMs() }, logger: logger)
            let policies = ConversionPolicies(settings)
            let admin = AdminPort(
                settings: settings.adminSettings, store: store,
                actions: AdminActions(
                    workspaces: Set(settings.workspaces.map(\.name)),
                    hold: { scope, untilMs in try await engine.hold(scope, untilMs: untilMs, by: "admin") },
                    release: { scope in try await engine.release(scope) },
                    retryLead: { id in
                        let names = settings.workspaces.map(\.name), nowMs = clock.nowMs()
                        return try await store.write { try $0.retryLead(id, workspaces: names, nowMs: nowMs) }
                            .map { (jobs: $0.jobs, messages: $0.messages) }
                    },
                    retryEvents: { ids in
                        let report = try await store.write { try $0.retryEvents(ids, nowMs: clock.nowMs()) }
                        return (jobs: report.jobs, messages: report.messages)
                    },
                    erase: { try await store.erase($0, nowMs: clock.nowMs()) },
                    conversionPolicy: { policies[$0] }),
                telemetry: telemetry.admin, nowMs: { clock.nowMs() }, logger: logger)
            let capture = try captureSettings.map { try Capture(settings: $0, gateway: settings, logger: logger) }
            let listener = try await PublicListener.start(
                settings.listenerSettings,
                open: { head in
                    let intent = intake.open(head)
                    return capture?.watch(intent, head, nowMs: clock.nowMs()) ?? intent
                },
                refuse: { intake.refusal($0, path: $1) }, turnedAway: { intake.turnedAway($0, address: $1) })
            return Gateway(
                settings: settings, store: store, engine: engine, intake: intake, listener: listener, admin: admin,
                policies: policies, capture: capture, telemetry: telemetry, logger: logger)
        } catch {
            await store.close()
            throw error
        }
    }

    /// Serves until a graceful shutdown is asked for or the task is cancelled: the public port drains first, the store closes last.
    package func run() async throws {
        GatewayServing(port: port).emit(to: logger)
        await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask { [engine] in await Self.result { try await engine.run() } }
            group.addTask { [admin] in await Self.result { try await admin.run { _ in } } }
            group.addTask { await Self.result { try await gracefulShutdown() } }
            if let capture { group.addTask { await Self.result { await capture.run() } } }
            if let first = await group.next() { report(first) }
            await listener.stop(drainMs: Limits.drainMs)
            group.cancelAll()
            for await ended in group { report(ended) }
        }
        await store.close()
        GatewayStopped().emit(to: logger)
    }

    /// Takes over what may change while it runs, and reads the certificate again; requests under way end as they began.
    ///
    /// Throws, and changes nothing, where the certificate is no good. Not to be called twice at once.
    package func reload(_ read: Settings) async throws -> ReloadPlan {
        let plan = ReloadPlan(running: settings.withLock { $0 }, read: read)
        let next = plan.settings
        let engineSettings = try next.engineSettings()
        try await listener.renewCertificate(chainFile: next.listen.certificate, privateKeyFile: next.listen.privateKey)
        // the engine first: it must know a source before its first conversion is stored
        engine.adopt(engineSettings)
        intake.adopt(
            apps: next.intakeApps, sources: next.intakeSources, publicURL: next.listen.publicURL, limits: next.intakeLimits)
        admin.adopt(tokens: next.adminSettings.tokens)
        policies.adopt(next)
        capture?.adopt(next)
        if plan.taken.contains("log.level") { telemetry.setLevel(next.log.level) }
        settings.withLock { $0 = next }
        return plan
    }

    private static func result(_ part: () async throws -> Void) async -> Result<Void, any Error> {
        do {
            return .success(try await part())
        } catch {
            return .failure(error)
        }
    }

    private func report(_ ended: Result<Void, any Error>) {
        guard case .failure(let error) = ended, !(error is CancellationError) else { return }
        logger.warning("A part of the gateway ended with an error.", metadata: ["error": "\(error)"])
    }
}
