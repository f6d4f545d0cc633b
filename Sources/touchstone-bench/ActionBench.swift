import ArgumentParser
import AsyncHTTPClient
import Core
import Foundation
import Gateway
import GraphEmulator
import Histogram
import NIOCore
import NIOHTTP1
import NIOSSL
import Signing

/// From a signed event on the wire to the write that it calls for at the emulator.
struct ActionBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action",
        abstract:
            "Event to action, p50 and p99: one at a time, then at a fixed rate; shipped refresh policy, first touch after quiet.")

    @Option(help: "Events one at a time.") var count = 60
    @Option(help: "Events per second in the second part.") var rate = 200
    @Option(help: "Seconds of the second part.") var seconds = 6
    @Option(help: "Ad accounts.") var accounts = 200

    func run() async throws {
        guard count <= accounts, accounts <= 2_000, rate * seconds <= 20_000 else {
            throw ValidationError("Too many events for the accounts.")
        }
        let bench = try Workbench("action")
        print(try Disk.line(in: bench.folder))
        report("one at a time", try await measure(bench, "single.db", events: count, perSecond: nil))
        report(
            "at \(rate)/s over \(accounts) accounts",
            try await measure(bench, "rate.db", events: min(accounts, rate * seconds), perSecond: rate))
        print(try Disk.line(in: bench.folder))
        try bench.remove()
    }

    private func report(_ name: String, _ histogram: Histogram<UInt64>) {
        let p50 = Double(histogram.valueAtPercentile(50)) / 1_000, p99 = Double(histogram.valueAtPercentile(99)) / 1_000
        print("event to action, \(name): p50 \(p50) ms, p99 \(p99) ms, \(histogram.totalCount) actions")
    }

    /// One campaign per account; each event is the first touch of an account that was quiet.
    private func measure(_ bench: Workbench, _ database: String, events: Int, perSecond: Int?) async throws -> Histogram<UInt64> {
        let emulator = try await GraphEmulator.start(scenario: try scenario())
        let gateway = try await Gateway.build(try settings(bench, database, graphURL: emulator.url), logger: Workbench.logger)
        let running = Task { try await gateway.run() }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file("\(bench.folder)/certs/ca.pem")
        let client = HTTPClient(configuration: HTTPClient.Configuration(tlsConfiguration: tls))
        let url = "https://localhost:\(gateway.port)/webhooks/meta"
        var sentAtUs: [String: Int64] = [:]
        let start = ContinuousClock.now
        for n in 0..<events {
            if let perSecond { try await Task.sleep(until: start + .microseconds(Int64(n) * 1_000_000 / Int64(perSecond))) }
            sentAtUs["\(7_000 + n)"] = Self.nowUs()
            try await send(n, to: url, client)
            if perSecond == nil { try await written(emulator, n + 1) }
        }
        try await written(emulator, events)
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        for entry in emulator.log() where entry.method == "POST" {
            guard let id = entry.changed.first?.id, let sent = sentAtUs[id] else { continue }
            histogram.record(UInt64(max(0, entry.wallUs - sent)))
        }
        try await client.shutdown()
        running.cancel()
        _ = await running.result
        await emulator.stop()
        return histogram
    }

    private func written(_ emulator: RunningEmulator, _ wanted: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while emulator.log().count(where: { $0.method == "POST" }) < wanted {
            guard ContinuousClock.now < deadline else { throw BenchFault.failed("An action did not come within 30 s.") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private func send(_ n: Int, to url: String, _ client: HTTPClient) async throws {
        let body =
            #"{"object":"ad_account","entry":[{"id":"\#(1_000 + n)","time":\#(1_782_862_117 + n),"changes":[{"field":"field_changed","value":{"object_id":"\#(7_000 + n)","object_type":"campaign","changed_fields":["effective_status"]}}]}]}"#
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(
            name: "x-hub-signature-256", value: "sha256=" + HMACSHA256.hex(key: Array(Workbench.secret.utf8), Array(body.utf8)))
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
        let response = try await client.execute(request, timeout: .seconds(10))
        guard response.status == .ok else { throw BenchFault.failed("An event was answered \(response.status.code).") }
    }

    private func scenario() throws -> Scenario {
        let entries = (0..<accounts).map { n in
            #"{"id": "\#(1_000 + n)", "name": "a", "currency": "EUR", "timezone": "Europe/Warsaw", "campaigns": [{"id": "\#(7_000 + n)", "name": "c", "status": "ACTIVE", "daily_budget": 10000}]}"#
        }
        let rows = (0..<accounts).map { n in
            #"{"level": "campaign", "id": "\#(7_000 + n)", "day": -1, "impressions": 5000, "clicks": 10, "spend": "50.00"}"#
        }
        return try Scenario(
            yaml: """
                {"apps": [{"id": "123", "secret": "\(Workbench.secret)"}], "tokens": [{"token": "T", "app": "123", "accounts": "*"}], "require_proof": true,
                 "accounts": [\(entries.joined(separator: ","))], "insights": [\(rows.joined(separator: ","))]}
                """)
    }

    private func settings(_ bench: Workbench, _ database: String, graphURL: String) throws -> Settings {
        let ids = (0..<accounts).map { "\(1_000 + $0)" }
        var settings = bench.settings(
            database: database, graphURL: graphURL,
            workspaces: [.init(name: "bench", app: "main", token: Secret("T"), accounts: ids, actOn: ids)])
        settings.routes = [
            Route(
                ordinal: 0, name: "account", match: RouteMatch(objects: ["ad_account"], fields: []),
                chain: [ChainStep(handler: "touch")])
        ]
        let rule = Rule(
            workspace: "bench", name: "stop", version: SHA256.hex(Array("stop".utf8)), scope: Scope(level: .campaign),
            when: .compare(Comparison(metric: .spend, window: .lastDays(7), test: try RuleTest(text: "> 10"))), actions: [.pause],
            limits: RuleLimits(actionsPerDay: 100_000, cooldownMs: 0), mode: .active)
        settings.rules = [LoadedRule(rule: rule, text: "stop", place: "bench")]
        return settings
    }

    private static func nowUs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }
}
