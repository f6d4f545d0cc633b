import ArgumentParser
import Core
import Foundation
import Gateway

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Send captured requests again.",
        discussion: """
            Files and folders of .http files, in the order of their names, byte for byte. Where a .expect.json lies beside a request, its
            answer is compared with it; else any 2xx will do. Exit 1 if any answer was another.
            """)

    @Argument(help: "Captured requests (.http), or folders of them.") var paths: [String]
    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var reach: SendingOptions
    @Flag(help: "Sign anew with the configuration's secrets, and use its sources' tokens.") var resign = false
    @Flag(help: "Move all times so that the newest of a request is now, for example past Meta's 7 days. Needs --resign.")
    var shiftTimes = false
    @Option(help: "Requests a second at most.") var rate: Double?
    @Option(name: .customLong("repeat"), help: "Send everything so many times.") var times = 1
    @Option(help: "A client certificate (PEM) to show.") var cert: String?
    @Option(help: "Its private key (PEM).") var key: String?
    @Flag(help: "One JSON document per request, and one at the end.") var json = false

    func validate() throws {
        if shiftTimes, !resign { throw ValidationError("--shift-times changes what is signed: add --resign.") }
        if let rate, !(rate > 0 && rate <= 100_000) {
            throw ValidationError("--rate \(rate): expected more than 0, at most 100000.")
        }
        guard (1...1_000_000).contains(times) else { throw ValidationError("--repeat \(times): expected 1 to 1000000.") }
        if (cert == nil) != (key == nil) { throw ValidationError("--cert and --key go together.") }
    }

    func run() async throws {
        let files: [HTTPFile]
        do throws(HTTPFileError) {
            files = try HTTPFile.find(paths).map { path throws(HTTPFileError) in try HTTPFile(path: path) }
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
        let settings = resign || reach.to == nil ? try options.read().settings : nil
        let courier = try reach.courier(settings: settings, certificate: cert, key: key)
        let report: ReplayReport
        do {
            report = try await send(files, settings, courier)
            await courier.shutdown()
        } catch let error as HTTPFileError {
            await courier.shutdown()
            throw CommandFailure.couldNotRun("\(error)")
        }
        if json { Console.line(report.document.encoded()) } else { Console.line(report.sentence) }
        if report.unexpected > 0 { throw ExitCode(1) }
    }

    private func send(_ files: [HTTPFile], _ settings: Settings?, _ courier: Courier) async throws -> ReplayReport {
        var report = ReplayReport()
        let started = ContinuousClock.now
        let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
        for _ in 0..<times {
            for file in files {
                let request = try prepared(file, settings)
                if let rate { try await ContinuousClock().sleep(until: started + .seconds(Double(report.sent) / rate)) }
                await report.note(file, expected: expectedStatus(of: file)) {
                    do { return try await courier.send(request) } catch { return nil }
                }
                if json, let last = report.last { Console.line(last.encoded()) }
                if isTerminal, !json { FileHandle.standardError.write(Data("\r\(report.sent) of \(files.count * times)".utf8)) }
            }
        }
        if isTerminal, !json { FileHandle.standardError.write(Data("\r\u{1b}[K".utf8)) }
        return report
    }

    private func prepared(_ file: HTTPFile, _ settings: Settings?) throws(HTTPFileError) -> HTTPFile {
        guard resign, let settings else { return file }
        let nowMs = Int64(Date().timeIntervalSince1970 * 1_000)
        let shiftMs = shiftTimes ? Resigner.newestMs(file.body).map { nowMs - 1_000 - $0 } ?? 0 : 0
        return try Resigner(settings: settings, shiftMs: shiftMs).resigned(file)
    }

    private func expectedStatus(of file: HTTPFile) -> Int? {
        guard let path = file.expectationPath, let bytes = FileManager.default.contents(atPath: path),
            let document = try? JSON.parse(Array(bytes))
        else { return nil }
        return document["answer"]?["status"]?.integer.map(Int.init)
    }
}

/// What came of a replay.
private struct ReplayReport {
    private(set) var sent = 0
    private(set) var unexpected = 0
    private(set) var last: JSON?
    private var statuses: [Int: Int] = [:]
    private var durations: [Double] = []

    mutating func note(_ file: HTTPFile, expected: Int?, _ send: () async -> Courier.Answer?) async {
        let answer = await send()
        sent += 1
        let status = answer?.status ?? 0
        statuses[status, default: 0] += 1
        if let answer { durations.append(answer.durationMs) }
        let isExpected = expected.map { $0 == status } ?? (200..<300).contains(status)
        if !isExpected {
            unexpected += 1
            let wanted = expected.map(String.init) ?? "2xx"
            Console.error("\(file.path): \(status == 0 ? "no answer" : String(status)), expected \(wanted)")
        }
        last = ["file": .string(file.path), "status": .integer(Int64(status)), "expected": .bool(isExpected)]
    }

    private func percentile(_ share: Double) -> Double {
        let sorted = durations.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    private var counts: [(String, Int)] {
        statuses.sorted { $0.key < $1.key }.map { ($0.key == 0 ? "no_answer" : String($0.key), $0.value) }
    }

    var document: JSON {
        [
            "sent": .integer(Int64(sent)), "unexpected": .integer(Int64(unexpected)),
            "answers": .object(JSONObject(counts.map { .init(key: $0.0, value: .integer(Int64($0.1))) })),
            "p50_ms": .number(String(format: "%.1f", percentile(0.5))),
            "p99_ms": .number(String(format: "%.1f", percentile(0.99))),
        ]
    }

    var sentence: String {
        let answers = counts.map { "\($0.1) x \($0.0)" }.joined(separator: ", ")
        let times = String(format: "p50 %.1f ms, p99 %.1f ms", percentile(0.5), percentile(0.99))
        return "\(sent) request(s): \(answers); \(times)\(unexpected > 0 ? "; \(unexpected) not as expected" : "")."
    }
}
