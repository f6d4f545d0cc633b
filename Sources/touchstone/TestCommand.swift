import ArgumentParser
import Core
import Foundation
import Gateway

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Play captured requests to your configuration and compare what comes of them.",
        discussion: """
            Every .http file with its .expect.json is played to a gateway and an emulated Graph API of its own, in this process, on free
            ports, with a clock that stands at captured_at. Nothing leaves the machine. Secrets that are not in the environment are stood
            in for; destinations are received here. Of answer, events, entities, effects and graph_calls a subset is enough; an empty list
            means none. Exit 1 if anything is missing or different.

            Without --scenario the entities that a request names exist and have no figures. A scenario says what the accounts are like
            (accounts, insights, leads, posts, comments, faults); apps, tokens and Pages come from the configuration.
            """)

    @Argument(help: "Fixtures (.http), or folders of them.") var paths: [String]
    @OptionGroup var options: ConfigurationOptions
    @Option(help: "What the emulated Graph API holds (YAML).") var scenario: String?
    @Flag(help: "Write what came of each fixture to its .expect.json instead of comparing.") var update = false
    @Option(help: "Write a JUnit report to this file.") var junit: String?
    @Flag(help: "One JSON document per fixture.") var json = false

    func run() async throws {
        let files: [HTTPFile]
        let text: String?
        do throws(HTTPFileError) {
            files = try HTTPFile.find(paths).map { path throws(HTTPFileError) in try HTTPFile(path: path) }
            text = try scenario.map { path throws(HTTPFileError) in try Self.text(path) }
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
        let settings = try options.read(standsIn: true).settings
        let folder = FileManager.default.temporaryDirectory.path + "/touchstone-test-\(ProcessInfo.processInfo.processIdentifier)"
        let report: Report
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let rehearsal = try Rehearsal(settings: settings, scenario: text, folder: folder)
            report = await play(files, rehearsal)
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
        try tell(report)
    }

    private static func text(_ path: String) throws(HTTPFileError) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw HTTPFileError(path, "can't be read.") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What came of all of them, in their order.
    private struct Report: Sendable {
        var outcomes: [Rehearsal.Outcome] = []
        var failures: [(path: String, sentence: String)] = []
        var seconds = 0.0
    }

    private enum Played: Sendable {
        case outcome(Int, Rehearsal.Outcome)
        case failure(Int, String, String)
    }

    /// A few side by side: each waits for its own queues more than it works.
    private func play(_ files: [HTTPFile], _ rehearsal: Rehearsal) async -> Report {
        let started = ContinuousClock.now
        var played: [(Int, Played)] = []
        await withTaskGroup(of: Played.self) { group in
            var next = 0
            func start() {
                guard next < files.count else { return }
                let (index, file) = (next, files[next])
                next += 1
                group.addTask {
                    do {
                        let outcome =
                            update
                            ? try await rehearsal.play(file, expectation: Self.known(file)) : try await rehearsal.play(file)
                        return .outcome(index, outcome)
                    } catch {
                        return .failure(index, file.path, "\(error)")
                    }
                }
            }
            for _ in 0..<4 { start() }
            for await one in group {
                switch one {
                case .outcome(let index, _), .failure(let index, _, _): played.append((index, one))
                }
                start()
            }
        }
        var report = Report()
        for (_, one) in played.sorted(by: { $0.0 < $1.0 }) {
            switch one {
            case .outcome(_, let outcome): report.outcomes.append(outcome)
            case .failure(_, let path, let sentence): report.failures.append((path, sentence))
            }
        }
        let (seconds, attoseconds) = started.duration(to: .now).components
        report.seconds = Double(seconds) + Double(attoseconds) / 1e18
        return report
    }

    /// What is known already, so that a renewed expectation keeps its time.
    private static func known(_ file: HTTPFile) -> FixtureExpectation {
        guard let path = file.expectationPath, let known = try? FixtureExpectation(path: path) else {
            return FixtureExpectation(document: .object(JSONObject()))
        }
        return known
    }

    private func tell(_ report: Report) throws {
        if update {
            for outcome in report.outcomes { try write(outcome) }
        }
        for outcome in report.outcomes { show(outcome) }
        for failure in report.failures {
            if json {
                let document: JSON = ["file": .string(failure.path), "passed": false, "differences": [.string(failure.sentence)]]
                Console.line(document.encoded())
            } else {
                Console.line("FAIL \(failure.path)\n    \(failure.sentence)")
            }
        }
        if let junit {
            let text = JUnitReport.text(update ? [] : report.outcomes, failures: report.failures)
            guard FileManager.default.createFile(atPath: junit, contents: Data(text.utf8)) else {
                throw CommandFailure.couldNotRun("\(junit) can't be written.")
            }
        }
        let red = (update ? 0 : report.outcomes.count { !$0.differences.isEmpty }) + report.failures.count
        let count = report.outcomes.count + report.failures.count
        if !json {
            let seconds = String(format: "%.1f", report.seconds)
            Console.line(
                update
                    ? "\(report.outcomes.count) expectation(s) written."
                    : "\(count - red) of \(count) as expected, in \(seconds) s.")
        }
        if red > 0 { throw ExitCode(1) }
    }

    private func show(_ outcome: Rehearsal.Outcome) {
        let differences = update ? [] : outcome.differences
        if json {
            let document: JSON = [
                "file": .string(outcome.file.path), "passed": .bool(differences.isEmpty),
                "differences": .array(differences.map { .string($0) }),
            ]
            return Console.line(document.encoded())
        }
        Console.line("\(differences.isEmpty ? "ok  " : "FAIL") \(outcome.file.path)")
        for difference in differences { Console.line("    \(difference)") }
    }

    private func write(_ outcome: Rehearsal.Outcome) throws {
        let time =
            outcome.expectation.document["captured_at"] ?? .string(FixtureExpectation.text(ofMs: Self.time(of: outcome.file)))
        let members =
            [JSONObject.Member(key: "captured_at", value: time)]
            + outcome.actual.members.map { JSONObject.Member(key: $0.key, value: $0.value) }
        let base = outcome.file.path.hasSuffix(".http") ? String(outcome.file.path.dropLast(5)) : outcome.file.path
        let bytes = JSON.object(JSONObject(members)).pretty()
        guard FileManager.default.createFile(atPath: base + ".expect.json", contents: Data(bytes)) else {
            throw CommandFailure.couldNotRun("\(base).expect.json can't be written.")
        }
    }

    private static func time(of file: HTTPFile) -> Int64 {
        Resigner.newestMs(file.body) ?? Int64(Date().timeIntervalSince1970 * 1_000)
    }
}
