import Core
import Engine
import Foundation
import GraphAPI
import GraphEmulator
import Logging
import Outbound
import Storage
import Synchronization
import TestSupport

extension ManualClock: WallClock {}

/// What a world is made of; the rest is as in a real configuration.
struct Setup: Sendable {
    var rules: [VersionedRule] = []
    var writes = WritesMode.on
    var actOn: Set<String> = ["1", "2"]
    var accounts = ["1"]
    var money: MoneyEnvelope?
    var chains: [[ChainStep]] = [[ChainStep(handler: "touch")]]
    /// Every touch is read at once, and never again by itself.
    var refresh = RefreshPolicy(gatherMs: 0, floorMs: 0, followUpMs: [])
    var destinations: [Destination] = []
    var pollsPerHour = 10_000
    var timeoutMs: Int64 = 15_000
    var forms: [LeadForm] = []
    /// Who sends conversions.
    var sources = ["shop": "belmonte"]
    /// How the conversions of each go on; nothing waits for company.
    var forwarding = ForwardingPolicy(lingerMs: 0)
    /// How leads go back to Meta in the name of each CRM.
    var leadReports: [String: LeadReportPolicy] = [:]
    var testLeadDestinations: Set<String> = []
    var pageTokens: [String: String] = [:]
    var pages = ["7243"]
    var instagram: [String] = []
    var moderation: [ModerationPolicy] = []
    /// Other workspaces, each with account 2, token and destinations of its own.
    var tenants: [String] = []
    var slots = JobSlots()
    /// Sees, and may fail, every call of the store to its database.
    var watch: (@Sendable (DriverCall) throws(StoreError) -> Void)?
    /// Where log lines go.
    var logger = Logger(label: "engine", factory: { _ in SwiftLogNoOpLogHandler() })

    init(_ rules: [VersionedRule] = [], _ change: (inout Setup) -> Void = { _ in }) {
        self.rules = rules
        change(&self)
    }

    func engine(_ url: String) throws -> EngineSettings {
        EngineSettings(
            workspaces: [
                Workspace(
                    name: "belmonte", app: "main", accounts: accounts, actOn: actOn, pages: pages, margin: Scaled(text: "0.5"),
                    money: money,
                    credentials: GraphCredentials(token: Scene.token, appSecret: Scene.appSecret),
                    pageTokens: pageTokens.mapValues { GraphCredentials(token: $0, appSecret: Scene.appSecret) },
                    instagram: instagram)
            ]
                + tenants.map { name in
                    Workspace(
                        name: name, app: "main", accounts: ["2"], actOn: actOn, pages: [], margin: nil, money: money,
                        credentials: GraphCredentials(token: Scene.token, appSecret: Scene.appSecret))
                },
            routes: chains.enumerated().map { ordinal, chain in
                Route(ordinal: ordinal, name: "route-\(ordinal)", match: RouteMatch(objects: [], fields: []), chain: chain)
            },
            rules: rules, refresh: refresh, writes: writes, graph: try GraphSettings(baseURL: url, timeoutMs: timeoutMs),
            destinations: destinations, pollsPerHour: pollsPerHour, sources: sources,
            forwarding: sources.mapValues { _ in forwarding }, leadReports: leadReports, forms: forms, moderation: moderation,
            testLeadDestinations: testLeadDestinations)
    }
}

/// An engine at work on a SQLite file, with an emulated Graph API before it: everything behind the inbox, as in life.
final class World: Sendable {
    private struct Running {
        let store: Store
        let engine: EventEngine
        let task: Task<Void, any Error>
    }

    let emulator: RunningEmulator
    let clock = ManualClock(at: Scene.startMs)
    private let place: TemporaryStore
    private let running: Mutex<Running?>
    private let boots = Mutex(0)

    static func start(_ setup: Setup = Setup(), scene: String = Scene.base, faults: String? = nil) async throws -> World {
        let world = try World(emulator: try await GraphEmulator.start(scenario: Scenario(yaml: scene)))
        if let faults { try world.emulator.setFaults(yaml: faults) }
        try await world.boot(setup)
        return world
    }

    /// Runs `body` in a world that ends with it.
    static func with(
        _ setup: Setup = Setup(), scene: String = Scene.base, faults: String? = nil, _ body: (World) async throws -> Void
    ) async throws {
        let world = try await start(setup, scene: scene, faults: faults)
        do {
            try await body(world)
        } catch {
            await world.end()
            throw error
        }
        await world.end()
    }

    private init(emulator: RunningEmulator) throws {
        self.emulator = emulator
        place = try TemporaryStore()
        running = Mutex(nil)
    }

    private func boot(_ setup: Setup) async throws {
        let number = boots.withLock { boots in
            boots += 1
            return boots
        }
        var options = try place.options(bootID: "boot-\(number)")
        options.now = { [clock] in clock.nowMs() }
        let gateway = try await start(setup, options)
        running.withLock { $0 = gateway }
    }

    private func start(_ setup: Setup, _ options: Store.Options) async throws -> Running {
        let store = try Self.open(options, setup.watch)
        let engine = try await EventEngine(
            settings: try setup.engine(emulator.url), store: store, clock: clock,
            logger: setup.logger, slots: setup.slots)
        let task = Task { try await engine.run() }
        return Running(store: store, engine: engine, task: task)
    }

    private static func open(_ options: Store.Options, _ watch: (@Sendable (DriverCall) throws(StoreError) -> Void)?) throws
        -> Store
    {
        guard let watch else { return try Store.open(options) }
        let location = options.location
        return try Store.open(options) { role throws(StoreError) in
            WatchedDriver(try location.connect(role)) { call throws(StoreError) in try watch(call) }
        }
    }

    /// One more gateway on the same database, where several may be (PostgreSQL). Call `stop` before the world ends.
    func join(_ setup: Setup) async throws -> Peer {
        let number = boots.withLock { boots in
            boots += 1
            return boots
        }
        var options = try place.options(bootID: "boot-\(number)")
        options.now = { [clock] in clock.nowMs() }
        let started = try await start(setup, options)
        return Peer(store: started.store, engine: started.engine, task: started.task)
    }

    /// A gateway beside the world's own.
    struct Peer: Sendable {
        let store: Store
        let engine: EventEngine
        fileprivate let task: Task<Void, any Error>

        func stop() async {
            task.cancel()
            _ = await task.result
            await store.close()
        }
    }

    /// Stops the engine where it stands: what it was doing is cancelled.
    func stop() async {
        guard
            let last = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return }
        last.task.cancel()
        _ = await last.task.result
        await last.store.close()
    }

    /// Stops it, and starts it again on the same database.
    func restart(_ setup: Setup) async throws {
        await stop()
        try await boot(setup)
    }

    func end() async {
        await stop()
        // The emulator takes connections in the order in which they came: answered, it has taken all that the engine left behind. One that
        // it would take while it stops ends the process (swift-nio, "Deinited NIOAsyncWriter").
        for _ in 0..<4 { knock() }
        await emulator.stop()
    }

    /// One request, answered.
    private func knock() {
        guard let port = emulator.url.split(separator: ":").last.flatMap({ UInt16($0) }) else { return }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let isThere = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        let request = Array("GET /_emulator/faults HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
        guard isThere, write(descriptor, request, request.count) == request.count else { return }
        var answer = [UInt8](repeating: 0, count: 4_096)
        while read(descriptor, &answer, answer.count) > 0 {}
    }

    var store: Store {
        get throws {
            guard let store = running.withLock({ $0?.store }) else { throw NotInTime(description: "the engine does not run") }
            return store
        }
    }

    var engine: EventEngine {
        get throws {
            guard let engine = running.withLock({ $0?.engine }) else { throw NotInTime(description: "the engine does not run") }
            return engine
        }
    }

    // MARK: in

    /// Stores a delivery as the public port does; its place in the order of storing.
    @discardableResult
    func deliver(_ body: String) async throws -> Int64 {
        try await store.append(try TemporaryStore.envelope(body), receivedAtMs: clock.nowMs())
    }

    @discardableResult
    func touch(_ level: EntityLevel, _ ids: String..., n: Int = 1, account: String = "1", moved: Bool = false) async throws
        -> Int64
    {
        try await deliver(Scene.touch(level, ids, n: n, account: account, moved: moved))
    }

    // MARK: what there is

    /// All that lies in the store's directory, its write-ahead log too.
    func filesOnDisk() throws -> [UInt8] {
        [UInt8](try place.contents())
    }

    /// Runs a query that gives one number.
    func count(_ statement: Statement) async throws -> Int {
        try await store.read { try $0.run("SELECT (\(statement)) AS n").first?.int("n") ?? 0 }
    }

    func touched(_ level: EntityLevel, _ id: String) async throws -> TouchedRow? {
        let nowMs = clock.nowMs()
        return try await store.read { try $0.touched(workspace: "belmonte", ref: EntityRef(level, id), nowMs: nowMs) }
    }

    /// Oldest first.
    func actions() async throws -> [StoredAction] {
        try await store.read { try Array($0.actions(workspace: nil, state: nil, limit: 10_000).reversed()) }
    }

    /// What the executions of all rules came to, oldest first: truth and the JSON of the decisions.
    func executions() async throws -> [(truth: String, decisions: String)] {
        try await store.read { transaction in
            try transaction.run("SELECT truth, decisions FROM rule_executions ORDER BY id").map {
                (try $0.text("truth"), try $0.text("decisions"))
            }
        }
    }

    func messages() async throws -> [StoredMessage] {
        try await store.read { try $0.messages(state: nil, limit: 10_000, before: nil) }
    }

    /// Writes that reached the emulator, validations left out.
    var posts: [LogEntry] { emulator.log().filter { $0.method == "POST" && !$0.validateOnly } }
    /// Every change that a write made.
    var changes: [Change] { emulator.log().flatMap(\.changed) }
    var reads: [LogEntry] { emulator.log().filter { $0.method == "GET" } }
    var insightReads: [LogEntry] { emulator.log().filter { $0.op == "insights" } }

    // MARK: waiting

    /// Moves the clock, and has everybody look.
    func advance(ms: Int64) throws {
        clock.advance(ms: ms)
        // `holds`: of several gateways, each writes only as long as it has read the holds lately. Those who send look again by themselves, a
        // moment later than that.
        for bell in [Bell.holds, .deliveries, .jobs, .touched] { try store.notifier.ring(bell) }
    }

    /// Waits until nothing is left to be done now; what is due later stays, unless `untilMs` (by the world's clock) moves the clock to it.
    func settle(untilMs: Int64 = 0) async throws {
        try await eventually("nothing is left to do", withinMs: 60_000) {
            let (busy, next) = try await store.read { [clock] transaction -> (Bool, Int64?) in
                guard try transaction.undecoded(limit: 1).isEmpty else { return (true, nil) }
                let nowMs = clock.nowMs()  // after the first look: what is in this snapshot was written before now
                var next: Int64?
                for queue in [Queue.jobs, .touched, .outbox] {
                    if try transaction.isBusy(queue, nowMs: nowMs) { return (true, nil) }
                    if let due = try transaction.nextDue(queue) { next = min(next ?? due, due) }
                    if let due = try transaction.nextDue(queue, conversions: true) { next = min(next ?? due, due) }
                }
                return (false, next)
            }
            guard !busy else { return false }
            guard let next, next <= untilMs else { return true }
            try advance(ms: max(1, next - clock.nowMs()))
            return false
        }
    }
}

extension Transaction {
    /// Something of the queue is due or under way.
    fileprivate func isBusy(_ queue: Queue, nowMs: Int64) throws -> Bool {
        let condition: Statement = "state = 'open' AND (due_at <= \(nowMs) OR owner IS NOT NULL)"
        let rows =
            switch queue {
            case .jobs: try run("SELECT 1 FROM jobs WHERE \(condition) LIMIT 1")
            case .touched: try run("SELECT 1 FROM touched_entities WHERE \(condition) LIMIT 1")
            case .outbox: try run("SELECT 1 FROM outbox WHERE \(condition) LIMIT 1")
            }
        return !rows.isEmpty
    }
}
