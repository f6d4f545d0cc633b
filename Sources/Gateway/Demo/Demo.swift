import Core
import Foundation
import Signing
import Storage
import UnixSignals

/// Shows the whole way of an event with the real programs: emulator and gateway as processes, real TLS, a drawn story.
///
/// It stops both processes whatever happens, judges what it saw against its own expectation, and leaves the evidence in its
/// folder.
package struct Demo: Sendable {
    /// What the command line asks for.
    package struct Options: Sendable {
        package let seed: UInt64
        /// Where the evidence stays; nil: nowhere.
        package let keep: String?
        /// Where the captured requests are; nil: looked for.
        package let fixtures: String?
        /// The path of this program; its siblings are in the same folder.
        package let program: String

        package init(seed: UInt64, keep: String?, fixtures: String?, program: String) {
            self.seed = seed
            self.keep = keep
            self.fixtures = fixtures
            self.program = program
        }
    }

    /// What came of it.
    package struct Outcome: Sendable {
        package let table: String
        /// One line of JSON.
        package let figures: String
        /// What was expected and not seen; empty when all is well.
        package let faults: [String]
    }

    private let options: Options
    private let folder: DemoFolder
    /// Says what is going on, for people who wait.
    private let say: @Sendable (String) -> Void

    package init(_ options: Options, say: @escaping @Sendable (String) -> Void) throws(DemoError) {
        self.options = options
        folder = try DemoFolder.make(keep: options.keep)
        self.say = say
    }

    /// Plays the story; an interrupt ends it with `DemoError.interrupted` after both processes were stopped.
    package func run() async throws -> Outcome {
        defer { if options.keep == nil { folder.remove() } }
        return try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask { try await play() }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { throw DemoError.interrupted }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() else { throw DemoError.interrupted }
            return outcome
        }
    }

    private func play() async throws -> Outcome {
        let story = try write()
        let crm = try DemoReceiver(file: folder.crm, refusing: story.refusedLead)
        defer { crm.stop() }
        let ports = (public: try freePort(), admin: try freePort())
        try await makeCertificates()
        let emulator = try ChildProcess.start(
            "graph-emulator", executable: sibling("graph-emulator"),
            arguments: ["--scenario", folder.scenario, "--log", folder.emulatorLog, "--port-file", folder.portFile],
            environment: plainEnvironment, output: folder.emulatorOutput)
        return try await stopping(emulator) {
            let graphPort = try await emulatorPort(emulator)
            let places = DemoStory.Ports(
                publicPort: ports.public, adminPort: ports.admin, graphPort: graphPort, crmPort: crm.port)
            try story.write(to: folder, places)
            let gateway = try ChildProcess.start(
                "touchstone serve", executable: options.program, arguments: ["serve", "--config", folder.configuration],
                environment: plainEnvironment.merging(story.environment) { $1 }, output: folder.serveLog)
            return try await stopping(gateway) { try await perform(story, places, gateway: gateway) }
        }
    }

    /// Runs `body`, then stops the process, also when `body` fails or the demo is interrupted.
    private func stopping<T>(_ process: ChildProcess, _ body: () async throws -> T) async throws -> T {
        do {
            let result = try await body()
            await process.stop(graceMs: 15_000)
            return result
        } catch {
            await process.stop(graceMs: 15_000)
            throw error
        }
    }

    // MARK: what both processes are given

    private func write() throws -> DemoStory {
        guard let fixtures = options.fixtures ?? DemoFixtures.find(program: options.program) else {
            throw DemoError.missing("fixtures/; start the demo in the repository, or give --fixtures.")
        }
        let keys = DemoStory.Keys(
            appID: "100200300400500", appSecret: RandomBytes.hex(16), fixtureSecret: DemoFixtures.secret,
            verifyToken: RandomBytes.hex(8), pageToken: RandomBytes.hex(16), secondPageToken: RandomBytes.hex(16),
            thirdPageToken: RandomBytes.hex(16), crmSecret: "whsec_" + Data(RandomBytes.hex(16).utf8).base64EncodedString(),
            shopToken: RandomBytes.hex(16), shopSecret: RandomBytes.hex(16), stagesToken: RandomBytes.hex(16),
            stagesSecret: RandomBytes.hex(16), adminToken: RandomBytes.hex(16), masterKey: RandomBytes.hex(32))
        let story = try DemoStory.written(
            seed: options.seed, nowMs: nowMs(), keys: keys, fixtures: try DemoFixtures(folder: fixtures),
            vectors: try DemoVectors(folder: fixtures))
        try folder.write(story.scenario, to: folder.scenario)
        return story
    }

    private func makeCertificates() async throws {
        let places = [
            FileManager.default.currentDirectoryPath, URL(fileURLWithPath: options.program).deletingLastPathComponent().path,
        ]
        let scripts = places.flatMap { start in
            sequence(first: URL(fileURLWithPath: start)) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }.map {
                $0.path + "/certs/make-dev-certs.sh"
            }
        }
        guard let script = scripts.first(where: FileManager.default.fileExists) else {
            throw DemoError.missing("certs/make-dev-certs.sh; start the demo in the repository.")
        }
        let output = folder.path + "/certs.out"
        let process = try ChildProcess.start(
            "make-dev-certs.sh", executable: "/bin/sh", arguments: [script, folder.path + "/certs"],
            environment: plainEnvironment, output: output)
        let ended = try await eventually(within: 30_000) { process.ended() }
        guard ended == 0 else {
            await process.stop(graceMs: 0)
            throw DemoError.process("certs/make-dev-certs.sh failed; see \(output).")
        }
    }

    private var plainEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.filter {
            ["PATH", "HOME", "TMPDIR", "TZ", "LANG", "LD_LIBRARY_PATH"].contains($0.key)
        }
    }

    private func sibling(_ name: String) -> String {
        URL(fileURLWithPath: options.program).deletingLastPathComponent().appendingPathComponent(name).path
    }

    private func emulatorPort(_ emulator: ChildProcess) async throws -> Int {
        let port = try await eventually(within: 20_000) { () throws(DemoError) -> Int? in
            if emulator.ended() != nil { throw .notReady("graph-emulator ended at once; see \(folder.emulatorOutput).") }
            guard let text = FileManager.default.contents(atPath: folder.portFile) else { return nil }
            return Int(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard let port else { throw DemoError.notReady("graph-emulator did not open its port; see \(folder.emulatorOutput).") }
        return port
    }

    // MARK: the two acts

    private func perform(_ story: DemoStory, _ ports: DemoStory.Ports, gateway: ChildProcess) async throws -> Outcome {
        let sender = try DemoSender(port: ports.publicPort, roots: folder.authority)
        let journal = try DemoJournal(file: folder.journal)
        do {
            let healthy = try await eventually(within: 30_000) { () async throws(DemoError) -> Bool? in
                if gateway.ended() != nil { throw .notReady("touchstone serve ended at once; see \(folder.serveLog).") }
                return await sender.isHealthy() ? true : nil
            }
            guard healthy != nil else {
                throw DemoError.notReady("touchstone serve did not open its port; see \(folder.serveLog).")
            }
            let store = try Store.open(
                Store.Options(
                    at: .file(folder.database), masterKeys: [try MasterKey(hex: story.keys.masterKey)], bootID: "demo",
                    readOnly: true)
            )
            let outcome = try await act(story, ports, sender, journal, store)
            await store.close()
            await sender.shutdown()
            await journal.close()
            return outcome
        } catch {
            await sender.shutdown()
            await journal.close()
            throw error
        }
    }

    private func act(
        _ story: DemoStory, _ ports: DemoStory.Ports, _ sender: DemoSender, _ journal: DemoJournal, _ store: Store
    ) async throws -> Outcome {
        let emulator = DemoEmulator(port: ports.graphPort)
        try await send(story.firstAct, act: 1, sender, journal)
        try await settle(store)
        try await send(story.secondAct + (try await echoes(story, emulator)), act: 2, sender, journal)
        var replays: [DemoReplay.Result] = []
        for replay in story.replays { replays.append(try await run(replay, story, ports)) }
        try await settle(store)
        try await Data(emulator.state()).write(to: URL(fileURLWithPath: folder.emulatorState))
        try await Data(emulator.events()).write(to: URL(fileURLWithPath: folder.emulatorEvents))
        let entries = await journal.entries
        let readings = try await DemoReadings.read(
            store: store, calls: try folder.lines(of: folder.emulatorLog), crm: try folder.lines(of: folder.crm), replays: replays
        )
        try folder.write(["states": .array(readings.states.map(\.document))], to: folder.states)
        let figures = DemoFigures(seed: story.seed, journal: entries, readings: readings)
        try folder.write((figures.json.encoded() + "\n").utf8, to: folder.figures)
        let table = DemoTable(story: story, figures: figures, readings: readings, journal: entries)
        return Outcome(
            table: table.text, figures: figures.json.encoded(), faults: story.faults(figures, readings, journal: entries))
    }

    private func send(_ requests: [DemoRequest], act: Int, _ sender: DemoSender, _ journal: DemoJournal) async throws {
        say("act \(act): \(requests.count) requests")
        for (place, request) in requests.enumerated() {
            try Task.checkCancellation()
            let sentAtMs = nowMs()
            let answer: DemoSender.Answer
            do {
                answer = try await sender.send(request, version: place % 2 == 0 ? "2" : "1.1")
            } catch {
                throw DemoError.process("\(request.name) got no answer: \(error)")
            }
            await journal.add(.init(request: request, act: act, answer: answer, sentAtMs: sentAtMs))
        }
        say("act \(act): waiting until nothing is due")
    }

    /// What Meta would send when the gateway has answered a comment.
    private func echoes(_ story: DemoStory, _ emulator: DemoEmulator) async throws -> [DemoRequest] {
        guard let asked = story.asked else { return [] }
        return try await emulator.replies(to: asked.id).compactMap(story.echo)
    }

    /// The program's own command as a process of its own.
    private func run(_ replay: DemoReplay, _ story: DemoStory, _ ports: DemoStory.Ports) async throws -> DemoReplay.Result {
        say("replay \(replay.name): \(replay.files.count) requests")
        let output = folder.output(of: replay.name)
        let place = ["--config", folder.configuration, "--to", "https://localhost:\(ports.publicPort)", "--ca", folder.authority]
        let process = try ChildProcess.start(
            "touchstone replay", executable: options.program,
            arguments: ["replay", folder.requests(of: replay.name), "--json"] + replay.options + place,
            environment: plainEnvironment.merging(story.environment) { $1 }, output: output)
        let ended = try await eventually(within: 30_000) { process.ended() }
        guard let ended else {
            await process.stop(graceMs: 0)
            throw DemoError.unfinished("touchstone replay; see \(output)")
        }
        let lines = (FileManager.default.contents(atPath: output) ?? Data()).split(separator: UInt8(ascii: "\n"))
        return DemoReplay.Result(name: replay.name, code: ended, lines: lines.compactMap { try? JSON.parse($0) })
    }

    /// Waits until nothing is due soon, twice in a row; what is stuck ends the demo.
    private func settle(_ store: Store) async throws {
        var quiet = 0
        var waiting: [String: Int] = [:]
        let done: Bool? = try await eventually(within: 90_000) {
            waiting = try await DemoReadings.waiting(in: store, nowMs: nowMs())
            quiet = waiting.isEmpty ? quiet + 1 : 0
            if waiting.keys.contains(where: { $0.hasPrefix("stuck") }), waiting.keys.allSatisfy({ $0.hasPrefix("stuck") }) {
                throw DemoError.unfinished("\(Self.list(waiting)); see \(folder.serveLog)")
            }
            return quiet >= 3 ? true : nil
        }
        guard done != nil else { throw DemoError.unfinished(Self.list(waiting) + "; see " + folder.serveLog) }
    }

    private static func list(_ waiting: [String: Int]) -> String {
        waiting.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    /// Looks again and again until there is a value, at most `boundMs`; nil when there was none.
    private func eventually<T, E: Error>(within boundMs: Int64, _ look: () async throws(E) -> T?) async throws -> T? {
        let endMs = nowMs() + boundMs
        while nowMs() < endMs {
            if let value = try await look() { return value }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    private func nowMs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }
}
