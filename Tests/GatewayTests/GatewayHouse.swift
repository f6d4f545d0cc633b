import AsyncHTTPClient
import Core
import Engine
import Foundation
import Gateway
import GraphEmulator
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Signing
import Storage
import Synchronization
import TestSupport

extension ManualClock: WallClock {}

/// The whole gateway as `serve` builds it, from a configuration file: TLS, a SQLite file, the admin port, an emulated Graph API before it.
final class GatewayHouse: Sendable {
    static let appSecret = "house-app-secret"
    static let adminToken = "house-admin-token"
    static let hookSecret = "house-hook-secret"
    static let shopToken = "house-shop-token"
    static let shopSecret = "house-shop-secret"

    private struct Running {
        let gateway: Gateway
        let task: Task<Void, any Error>
    }

    let emulator: RunningEmulator
    let receiver: Receiver
    let settings: Settings
    /// Starts at the machine's time, as the emulator's does.
    let clock = ManualClock(at: Int64(Date().timeIntervalSince1970 * 1_000))
    let client: HTTPClient
    private let place: TemporaryStore
    private let running: Mutex<Running?>

    /// Runs `body` beside a gateway that serves with these routes, rules and destinations.
    static func with(
        routes: String = "- {name: all, match: {object: \"*\"}, chain: [touch]}", rules: String = "rules: []",
        destinations: [String] = [], sources: String = "",
        _ body: (GatewayHouse) async throws -> Void
    ) async throws {
        let house = try await GatewayHouse(routes: routes, rules: rules, destinations: destinations, sources: sources)
        do {
            try await house.start()
            try await body(house)
        } catch {
            try await house.end()
            throw error
        }
        try await house.end()
    }

    private init(routes: String, rules: String, destinations: [String], sources: String) async throws {
        emulator = try await GraphEmulator.start(scenario: Scenario(yaml: Self.scenario))
        let receiver = try Receiver()
        self.receiver = receiver
        place = try TemporaryStore()
        let free = try Receiver()
        let adminPort = free.port
        free.stop()
        let certificates = try DevelopmentCertificates.shared()
        let folder = place.directory
        try rules.write(toFile: folder + "/rules.yaml", atomically: false, encoding: .utf8)
        let sent = destinations.map { "- {\($0.replacing("RECEIVER", with: receiver.url))}" }
        let yaml = """
            listen: {address: "127.0.0.1:0", certificate: "\(certificates.certificate)", private_key: "\(certificates.privateKey)"}
            admin: {address: "127.0.0.1:\(adminPort)", token: "${ADMIN}"}
            storage: {url: "sqlite:\(place.path)"}
            graph: {base_url: "\(emulator.url)", version: v26.0, writes: on}
            keys: {current: "${KEY}"}
            apps: [{name: main, id: "123", secrets: ["${SECRET}"], verify_token: "${VERIFY}", path: /webhooks/meta}]
            workspaces:
              - {name: belmonte, app: main, token: "${TOKEN}", accounts: [act_1], act_on: [act_1], pages: ["7243"], margin: 0.5}
            destinations: [\(sent.map { String($0.dropFirst(2)) }.joined(separator: ", "))]
            sources: [\(sources)]
            routes: [\(routes.replacing("- {", with: "{"))]
            refresh: {first: at_once, gather: 1s, floor: 2s, follow_up: []}
            rules: ["\(folder)/rules.yaml"]
            """
        let environment = [
            "ADMIN": Self.adminToken, "KEY": TemporaryStore.masterKey, "SECRET": Self.appSecret, "VERIFY": "house-verify",
            "TOKEN": "house-token",
            "HOOK": Self.hookSecret, "SHOP_TOKEN": Self.shopToken, "SHOP_SECRET": Self.shopSecret,
        ]
        settings = try ConfigurationReader(environment: environment, handlers: HandlerContract.catalog).read(
            text: yaml, file: "house.yaml"
        ).settings
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(certificates.authority)
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        running = Mutex(nil)
    }

    private static let scenario = """
        apps: [{id: "123", secret: "\(appSecret)"}]
        tokens: [{token: "house-token", name: belmonte, app: "123"}]
        pages: [{id: "7243", name: Shop, token: "house-page-token", app: "123"}]
        forms: [{id: "5", page: "7243", name: Offer}]
        datasets: [{id: "987654321"}, {id: "987654322"}]
        accounts:
          - {id: "1", name: Belmonte, currency: EUR, timezone: Europe/Warsaw, min_daily_budget: 100, campaigns: [
              {id: "11", name: "Summer A", status: ACTIVE, daily_budget: 20000, adsets: [
                {id: "111", name: S, status: ACTIVE, ads: [{id: "1111", name: x, status: ACTIVE}, {id: "1112", name: y, status: ACTIVE}]}]}]}
        insights:
          - {level: ad, id: "1111", day: -1, impressions: 1000, clicks: 50, reach: 900, spend: "78.13", actions: {omni_purchase: 3}, action_values: {omni_purchase: "328.13"}}
        """

    /// A rule file with one rule that pauses the campaign that was touched.
    static let pausing = """
        rules:
          - name: stop
            workspace: belmonte
            scope: {level: campaign}
            when: {metric: roas, window: last_7d, is: "> 3"}
            then: [pause]
            mode: active
        """

    // MARK: life

    func start() async throws {
        var logger = Logger(label: "gateway", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let gateway = try await Gateway.build(settings, clock: clock, logger: logger)
        running.withLock { $0 = Running(gateway: gateway, task: Task { try await gateway.run() }) }
    }

    /// Ends the gateway as a cancelled task does: nothing is waited for that is not acknowledged.
    func stop() async {
        guard
            let last = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return }
        last.task.cancel()
        _ = await last.task.result
    }

    private func end() async throws {
        await stop()
        try await client.shutdown()
        await emulator.stop()
        receiver.stop()
    }

    var gateway: Gateway {
        get throws {
            guard let gateway = running.withLock({ $0?.gateway }) else {
                throw NotInTime(description: "the gateway does not run")
            }
            return gateway
        }
    }

    var store: Store { get throws { try gateway.store } }

    // MARK: requests

    /// A signed webhook over TLS; the status of its answer.
    @discardableResult
    func deliver(_ body: String) async throws -> Int {
        let bytes = Array(body.utf8)
        var request = HTTPClientRequest(url: "https://localhost:\(try gateway.port)/webhooks/meta")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(
            name: "x-hub-signature-256", value: "sha256=" + HMACSHA256.hex(key: Array(Self.appSecret.utf8), bytes))
        request.body = .bytes(ByteBuffer(bytes: bytes))
        let response = try await client.execute(request, timeout: .seconds(30))
        return Int(response.status.code)
    }

    /// A request to the admin port: status and document.
    func admin(
        _ path: String, isGet: Bool = false, token: String? = adminToken, body: String = "{}"
    ) async throws -> (status: Int, document: JSON, type: String?) {
        var request = HTTPClientRequest(url: "http://\(settings.admin.address)\(path)")
        request.method = isGet ? .GET : .POST
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if !isGet { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 65_536)
        return (
            Int(response.status.code), try JSON.parse(Array(bytes.readableBytesView)),
            response.headers.first(name: "content-type")
        )
    }

    /// Waits until the admin port answers.
    func adminAnswers() async throws {
        try await eventually("the admin port answers") {
            do {
                return try await admin("/v1/status", isGet: true).status == 200
            } catch {
                return false  // not open yet
            }
        }
    }

    // MARK: what there is

    func count(_ statement: Statement) async throws -> Int {
        try await store.read { try $0.run("SELECT (\(statement)) AS n").first?.int("n") ?? 0 }
    }

    /// Waits until every job and every message is done.
    func allDone() async throws {
        try await eventually("all is done") {
            let jobs = try await count("SELECT COUNT(*) FROM jobs WHERE state <> 'done'")
            let messages = try await count("SELECT COUNT(*) FROM outbox WHERE state <> 'done'")
            return jobs + messages == 0
        }
    }

    func actions() async throws -> [StoredAction] {
        try await store.read { try Array($0.actions(workspace: nil, state: nil, limit: 100).reversed()) }
    }

    /// Writes that reached the emulator.
    var posts: [LogEntry] { emulator.log().filter { $0.method == "POST" } }

    static func lead(_ id: String, ad: String = "1111") -> String {
        #"{"object":"page","entry":[{"id":"7243","time":1795175990,"changes":[{"field":"leadgen","value":{"leadgen_id":"\#(id)","page_id":"7243","form_id":"5","ad_id":"\#(ad)","created_time":1795175989}}]}]}"#
    }

    static func touch(n: Int, campaign: String = "11") -> String {
        #"{"object":"ad_account","entry":[{"id":"1","time":1795175990,"changes":[{"field":"subscriptions","value":{"subscription_id":7,"account_id":"1","object_id":"\#(campaign)","object_type":"campaign","field":"daily_budget","current_value":"\#(n)"}}]}]}"#
    }
}
