import Core
import Logging
import Synchronization
import Testing

@testable import Gateway

@Suite("What the process says of itself")
struct TelemetryTests {
    /// Lines as they were written.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    @Test("a line of JSON has an event's name, a sentence, a trace and fields")
    func json() throws {
        let lines = Lines()
        var logger = Logger(label: "touchstone") { label in JSONLogHandler(label: label) { lines.add($0) } }
        logger[metadataKey: "trace"] = "00ab"
        logger.warning("Refused a delivery.", metadata: ["reason": "a \"b\"\n<c>", "list": ["1", ["k": "v"]], "n": "\(7)"])
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1 && line.hasSuffix("}\n") && line.dropLast().allSatisfy { !$0.isNewline })
        let document = try JSON.parse(Array(line.utf8))
        #expect(document["event"] == "refused_a_delivery" && document["message"] == "Refused a delivery.")
        #expect(document["level"] == "warning" && document["trace"] == "00ab" && document["logger"] == "touchstone")
        #expect(document["fields"] == ["list": ["1", ["k": "v"]], "n": "7", "reason": "a \"b\"\n<c>"])
        #expect(document["time"]?.text?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    @Test("a line without a trace says so")
    func withoutTrace() throws {
        let lines = Lines()
        Logger(label: "touchstone") { label in JSONLogHandler(label: label) { lines.add($0) } }.error("It ended.")
        #expect(try JSON.parse(Array(try #require(lines.all.first).utf8))["trace"] == .null)
    }

    @Test("the level of the process is asked with every line, and a logger may be quieter, never louder")
    func level() {
        let (lines, level) = (Lines(), LogLevel(.notice))
        let logger = Logger(label: "touchstone") { label in
            LeveledLogHandler(JSONLogHandler(label: label) { lines.add($0) }, level: level)
        }
        var quiet = logger
        quiet.logLevel = .error
        var loud = logger
        loud.logLevel = .trace
        func say(_ text: Logger.Message) {
            for logger in [logger, quiet, loud] { logger.info(text) }
        }
        say("One.")
        #expect(lines.all.isEmpty)
        level.value = .debug
        say("Two.")
        #expect(lines.all.count == 2)
        level.value = .error
        say("Three.")
        quiet.error("Four.")
        #expect(lines.all.count == 3)
    }
}
