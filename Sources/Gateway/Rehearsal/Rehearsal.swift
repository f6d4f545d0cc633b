package import Core
import Engine
import Foundation
import GraphEmulator
import Listener
import Logging
import Signing
import Storage
import Synchronization

/// Plays a fixture to a gateway of its own: emulator and gateway in this process on free ports, a clock that stands still, a new database.
package struct Rehearsal: Sendable {
    private let settings: Settings
    /// The user's scenario; nil: one is made up for each fixture.
    private let scenario: String?
    private let folder: String
    private let certificate: DevelopmentCertificate

    /// How far the clock goes on by itself while something is due: gathered reads, a first retry; not the follow-ups of hours.
    private static let settleMs: Int64 = 120_000
    /// A machine that is busy gets this long, in real time, for one fixture.
    private static let patience = Duration.seconds(30)

    /// `folder`: where databases may lie while this runs. Throws when no certificate can be made there.
    package init(settings: Settings, scenario: String?, folder: String) throws {
        self.scenario = scenario
        self.folder = folder
        certificate = try DevelopmentCertificate.make(in: folder)
        var settings = settings
        settings.listen.address = SocketAddress(host: "127.0.0.1", port: 0)
        settings.listen.certificate = certificate.certificateFile
        settings.listen.privateKey = certificate.privateKeyFile
        settings.admin.address = SocketAddress(host: "127.0.0.1", port: 0)
        // The app's own secret stays the first: it makes the proofs, and what was captured with --raw is signed with it.
        let own = settings.apps.map(\.secrets)
        settings = settings.withFixtureSecrets
        for index in settings.apps.indices { settings.apps[index].secrets = own[index] + settings.apps[index].secrets }
        self.settings = settings
    }

    /// What became of one fixture.
    package struct Outcome: Sendable {
        package let file: HTTPFile
        package let expectation: FixtureExpectation
        /// In the form of an expectation.
        package let actual: JSON
        /// Empty: as expected.
        package let differences: [String]
        package let seconds: Double
    }

    package func play(_ file: HTTPFile) async throws -> Outcome {
        let started = ContinuousClock.now
        guard let path = file.expectationPath else {
            throw HTTPFileError(file.path, "has no .expect.json beside it; --update writes one.")
        }
        return try await play(file, expectation: FixtureExpectation(path: path), started: started)
    }

    package func play(
        _ file: HTTPFile, expectation: FixtureExpectation, started: ContinuousClock.Instant = .now
    ) async throws -> Outcome {
        let nowMs = expectation.capturedAtMs ?? Resigner.newestMs(file.body) ?? SystemClock().nowMs()
        let clock = StandingClock(nowMs)
        let events = WebhookDecoder.decode(file.body, receivedAtMs: nowMs, digest: SHA256.hex, conceal: { $0 })
        let text = RehearsalScenario(settings: settings, own: scenario).text(
            for: events, values: WebhookDecoder.values(in: file.body), nowMs: nowMs)
        let emulator = try await GraphEmulator.start(scenario: Scenario(yaml: text), clock: { clock.nowMs() })
        do {
            let actual = try await play(file, expectation, emulator, clock)
            await emulator.stop()
            let diff = ExpectationDiff(expected: expectation.document, actual: actual)
            let (seconds, attoseconds) = started.duration(to: .now).components
            return Outcome(
                file: file, expectation: expectation, actual: actual, differences: diff.differences,
                seconds: Double(seconds) + Double(attoseconds) / 1e18)
        } catch {
            await emulator.stop()
            throw error
        }
    }

    private func play(
        _ file: HTTPFile, _ expectation: FixtureExpectation, _ emulator: RunningEmulator, _ clock: StandingClock
    ) async throws -> JSON {
        var settings = settings
        let place = "\(folder)/\(RandomBytes.hex(8))"
        settings.storage.location = .file("\(place).db")
        settings.graph.baseURL = emulator.url
        for index in settings.destinations.indices {
            let name = settings.destinations[index].name
            settings.destinations[index].url = Secret("\(emulator.url)/_emulator/receive/\(name)")
            settings.destinations[index].allowPrivate = true
            settings.destinations[index].roots = nil
        }
        // the clock stands still, so that nothing would end a wait for company
        for index in settings.sources.indices { settings.sources[index].lingerMs = 0 }
        var logger = Logger(label: "touchstone")
        logger.logLevel = .critical
        let gateway = try await Gateway.build(settings, clock: clock, logger: logger)
        let running = Task { try await gateway.run() }
        defer { Self.remove(place) }
        do {
            let courier = try Courier(base: "https://localhost:\(gateway.port)", roots: certificate.certificateFile)
            let answer: Courier.Answer
            do {
                answer = try await courier.send(file)
                await courier.shutdown()
            } catch {
                await courier.shutdown()
                throw error
            }
            try await settle(gateway.store, clock, expectation)
            let keys = Self.keys(of: file, nowMs: expectation.capturedAtMs ?? clock.nowMs())
            let evidence = try await gateway.store.read { try RehearsalEvidence($0, keys: keys) }
            let actual = evidence.document(answer: Self.document(answer), calls: emulator.log())
            running.cancel()
            _ = await running.result
            return actual
        } catch {
            running.cancel()
            _ = await running.result
            throw error
        }
    }

    /// Dedupe and order keys as expectations write them: `*` and eight digits for what a database conceals under a key of its own.
    private static func keys(of file: HTTPFile, nowMs: Int64) -> [Int: EventKeys] {
        let events =
            if let captured = CapturedConversion(file), let dataset = captured.dataset,
                let body = try? captured.document().bytes()
            {
                ConversionDecoder.decode(body: body, dataset: dataset, source: "", receivedAtMs: nowMs, digest: SHA256.hex)
                    .map(\.event)
            } else {
                WebhookDecoder.decode(file.body, receivedAtMs: nowMs, digest: SHA256.hex) {
                    "*" + SHA256.hex(Array($0.utf8)).prefix(8)
                }
            }
        return Dictionary(
            events.map { ($0.position, EventKeys(dedupe: $0.dedupeKey, order: $0.orderKey)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Until nothing is due or under way; the clock goes on to what is due soon, and as far as the expectation's `after` says.
    private func settle(_ store: Store, _ clock: StandingClock, _ expectation: FixtureExpectation) async throws {
        let asked = expectation.document["after"]?.text.flatMap(Self.durationMs)
        let untilMs = clock.nowMs() + max(Self.settleMs, asked ?? 0)
        let deadline = ContinuousClock.now + Self.patience
        while true {
            try await rest(store, clock, deadline)
            guard let dueAtMs = try await store.read({ try $0.nextOpen() }), dueAtMs <= untilMs else { return }
            clock.set(max(dueAtMs, clock.nowMs()))
            for bell in [Bell.jobs, .touched, .outbox] { store.notifier.ring(bell) }
        }
    }

    private func rest(_ store: Store, _ clock: StandingClock, _ deadline: ContinuousClock.Instant) async throws {
        while true {
            let nowMs = clock.nowMs()
            if try await store.read({ try $0.isAtRest(nowMs: nowMs) }) { return }
            guard ContinuousClock.now < deadline else {
                throw HTTPFileError(
                    "The gateway", "did not come to rest in \(Self.patience); `--junit` and all else is as far as it came.")
            }
            try await Task.sleep(for: .milliseconds(4))
        }
    }

    /// `90s`, `20m`, `2h`.
    private static func durationMs(_ text: String) -> Int64? {
        guard let unit = ["s": Int64(1_000), "m": 60_000, "h": 3_600_000][String(text.suffix(1))] else { return nil }
        return Int64(text.dropLast()).map { $0 * unit }
    }

    private static func document(_ answer: Courier.Answer) -> JSON {
        var members: [JSONObject.Member] = [.init(key: "status", value: .integer(Int64(answer.status)))]
        if case .object(let body)? = try? JSON.parse(answer.body) {
            // another one each time
            members.append(.init(key: "body", value: .object(JSONObject(body.members.filter { $0.key != "fbtrace_id" }))))
        } else if !answer.body.isEmpty {
            members.append(.init(key: "body", value: .string(String(decoding: answer.body, as: UTF8.self))))
        }
        return .object(JSONObject(members))
    }

    private static func remove(_ place: String) {
        for ending in [".db", ".db-wal", ".db-shm", ".db.lock"] {
            try? FileManager.default.removeItem(atPath: place + ending)  // what is left goes with the folder
        }
    }
}

/// A clock that moves only when it is told to.
final class StandingClock: WallClock {
    private let now: Mutex<Int64>

    init(_ nowMs: Int64) { now = Mutex(nowMs) }

    func nowMs() -> Int64 { now.withLock { $0 } }
    func set(_ nowMs: Int64) { now.withLock { $0 = nowMs } }
}
