import Admin
import AsyncHTTPClient
import Core
import CoreMetrics
import Logging
import NIOCore
import NIOHTTP1
import Signing
import Storage
import Synchronization
import TestSupport

/// An admin port on a free port of loopback over a store of its own, with a clock that stands until it is moved.
final class AdminHouse: Sendable {
    static let start: Int64 = 1_790_000_000_000
    static let actToken = "operator-token-0000"
    static let readToken = "anna-token-00000000"
    static let route: [(ordinal: Int, name: String)] = [(0, "account")]

    let store: Store
    let port: Int
    let client: HTTPClient
    let log = LogLines()
    private let place: TemporaryStore
    private let clock: Clock
    private let task: Task<Void, any Error>

    final class Clock: Sendable {
        private let ms = Mutex(AdminHouse.start)
        var nowMs: Int64 { ms.withLock { $0 } }
        func advance(ms step: Int64) { ms.withLock { $0 += step } }
    }

    /// Runs `body` beside the port.
    static func with(_ body: (AdminHouse) async throws -> Void) async throws {
        let house = try await AdminHouse()
        do {
            try await body(house)
        } catch {
            try await house.end()
            throw error
        }
        try await house.end()
    }

    private init() async throws {
        place = try TemporaryStore()
        store = try place.open()
        clock = Clock()
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
        let (clock, store) = (clock, store)
        let box = LevelBox(level: .notice)
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "touchstone_things_done_total", dimensions: [("kind", "a\"b")]).increment(by: 7)
        let admin = AdminPort(
            settings: AdminSettings(
                host: "127.0.0.1", port: 0,
                tokens: [
                    AdminToken(name: "operator", token: Self.actToken, may: .act),
                    AdminToken(name: "anna", token: Self.readToken, may: .read),
                ]),
            store: store,
            actions: AdminActions(
                workspaces: ["belmonte"],
                hold: { scope, untilMs in
                    try await store.write { try $0.setHold(scope, untilMs: untilMs, by: "admin", nowMs: clock.nowMs) }
                },
                release: { scope in
                    try await store.write { transaction in
                        _ = try transaction.clearHold(scope)
                        return try transaction.release(.operatorHold(scope: scope), nowMs: clock.nowMs)
                    }
                },
                retryLead: { id in id == "444" ? (jobs: 1, messages: 2) : nil },
                retryEvents: { ids in
                    let report = try await store.write { try $0.retryEvents(ids, nowMs: clock.nowMs) }
                    return (jobs: report.jobs, messages: report.messages)
                },
                erase: { _ in EraseReport() }),
            telemetry: AdminTelemetry(metrics: metrics, logLevel: { box.level }, setLogLevel: { box.level = $0 }),
            nowMs: { clock.nowMs }, logger: log.logger)
        let opened = Opened()
        task = Task { try await admin.run { port in opened.set(port) } }
        port = try await eventually("the admin port is open") { opened.port }
    }

    private func end() async throws {
        task.cancel()
        _ = await task.result
        try await client.shutdown()
        await store.close()
    }

    func advance(ms: Int64) { clock.advance(ms: ms) }
    var nowMs: Int64 { clock.nowMs }

    // MARK: asking

    struct Answer {
        let status: Int
        let headers: HTTPHeaders
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var document: JSON { (try? JSON.parse(bytes)) ?? .null }
        var code: String? { document["error"]?["code"]?.text }
        var param: String? { document["error"]?["param"]?.text }
        var ids: [String] { document["data"]?.items.compactMap { $0["id"]?.text } ?? [] }
        var cursor: String? { document["next_cursor"]?.text }
    }

    func ask(
        _ path: String, _ method: HTTPMethod = .GET, token: String? = actToken, headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = method
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 4 * 1_024 * 1_024)
        return Answer(status: Int(response.status.code), headers: response.headers, bytes: Array(bytes.readableBytesView))
    }

    // MARK: filling

    /// Stores a delivery of these bytes with these events in it; the ids of the events.
    @discardableResult
    func deliver(
        _ events: [Event], body: String = "{}", workspace: String = "belmonte", route: [(ordinal: Int, name: String)] = route
    ) async throws -> [Int64] {
        let nowMs = nowMs
        let seq = try await store.append(try TemporaryStore.envelope(body), receivedAtMs: nowMs)
        return try await store.write { transaction in
            for event in events {
                _ = try transaction.insertEvent(
                    event, seq: seq, workspace: workspace, receivedAtMs: nowMs, routes: event.kind == "stray" ? [] : route,
                    nowMs: nowMs)
            }
            try transaction.finishDecoding(
                seq, events: events.count, duplicates: 0, reason: events.isEmpty ? "empty: Nothing." : nil)
            return events.map { Transaction.eventID(seq: seq, position: $0.position) }
        }
    }

    /// Ends the job of an event in some way.
    func end(_ event: Int64, _ how: @escaping @Sendable (Transaction, Claim) throws -> Void) async throws {
        let nowMs = nowMs
        try await store.write { transaction in
            for claim in try transaction.claim(.jobs, nowMs: nowMs, leaseMs: 60_000, limit: 1_000, owner: "boot-1") {
                if claim.id / 64 == event {
                    try how(transaction, claim)
                } else {
                    _ = try transaction.snooze(
                        .jobs, id: claim.id, attempt: claim.attempt, dueAtMs: nowMs, reason: "later: Later.")
                }
            }
        }
    }

    static func event(
        _ position: Int = 0, kind: String = "ad_account.field_changed", object: String = "ad_account",
        field: String = "field_changed",
        entity: String = "111", order: String? = nil, fault: String? = nil
    ) -> Event {
        Event(
            position: position, object: object, field: field, kind: kind, objectID: "1", occurredAtMs: start - 1_000,
            dedupeKey: nil,
            orderKey: order, accountID: "9", entities: [EntityRef(.ad, entity)], fault: fault)
    }
}

/// The port, once it is open.
private final class Opened: Sendable {
    private let value = Mutex<Int?>(nil)
    var port: Int? { value.withLock { $0 } }
    func set(_ port: Int) { value.withLock { $0 = port } }
}

final class LevelBox: Sendable {
    private let value: Mutex<Logger.Level>
    init(level: Logger.Level) { value = Mutex(level) }
    var level: Logger.Level {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}

/// What was logged.
final class LogLines: Sendable {
    private let lines = Mutex<[(message: String, metadata: [String: String])]>([])

    var all: [(message: String, metadata: [String: String])] { lines.withLock { $0 } }

    var logger: Logger { Logger(label: "admin", factory: { _ in Handler(lines: self) }) }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
            lines.lines.withLock { $0.append(("\(event.message)", all)) }
        }
    }
}
