import Foundation
import Testing

@Suite("The demo, judged by a second program", .serialized)
struct DemoTests {
    @Test(
        "a drawn story ends as expected, and the figures equal those computed from scenario, journal and the emulator's log",
        arguments: [1, 2] as [UInt64])
    func isAsExpected(seed: UInt64) throws {
        let played = try Evidence.of(seed: seed)
        #expect(played.result.code == 0, "\(played.result.output)")
        let judged = try Program.python("expect.py", [played.folder.path])
        #expect(judged.code == 0, "\(judged.output)")
    }

    @Test("commands print ids as text: those of PostgreSQL are beyond what readers of JSON keep exact")
    func idsAreText() throws {
        let folder = try Evidence.of(seed: 1).folder
        let program = Program.products.appendingPathComponent("touchstone").path
        func documents(_ command: String) throws -> [[String: Any]] {
            let script = "set -a; . ./environment; exec '\(program)' \(command) --json --config touchstone.yaml"
            let result = try Program.run("/bin/sh", ["-c", "cd '\(folder.path)'; \(script)"])
            #expect(result.code == 0, "\(command): \(result.output)")
            return try result.output.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            }
        }
        let event = try #require(try documents("events list --limit 1").first)
        let id = try #require(event["id"] as? String)
        #expect(event["delivery_seq"] is String)
        let detail = try #require(try documents("events show \(id)").first)
        for key in ["jobs", "messages"] {
            #expect((detail[key] as? [[String: Any]] ?? []).allSatisfy { $0["id"] is String }, "\(key)")
        }
        let action = try #require(try documents("actions list --limit 1").first)
        #expect(["id", "execution_id", "event_id"].allSatisfy { action[$0] is String || action[$0] is NSNull })
        let why = try #require(try documents("why \(action["id"] ?? "")").first)
        #expect(why["event"] is String && why["delivery"] is String)
        #expect(try documents("leads list --limit 1").allSatisfy { $0["event_id"] is String })
    }

    @Test("no process of a demo is left behind")
    func leavesNoProcess() throws {
        let played = try Evidence.of(seed: 1)
        #expect(try Program.running(played.folder.path).isEmpty)
    }

    @Test("an interrupted demo stops both of its processes", arguments: [SIGINT, SIGTERM])
    func stopsWhenInterrupted(signal: Int32) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("demo-interrupted-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let demo = Process()
        demo.executableURL = Program.products.appendingPathComponent("touchstone")
        demo.arguments = ["demo", "--keep", folder.path]
        demo.currentDirectoryURL = Program.root
        demo.standardOutput = FileHandle.nullDevice
        demo.standardError = FileHandle.nullDevice
        try demo.run()
        let journal = folder.appendingPathComponent("journal.jsonl").path
        while demo.isRunning, (FileManager.default.contents(atPath: journal) ?? Data()).isEmpty { usleep(20_000) }
        #expect(try Program.running(folder.path).count >= 3)
        kill(demo.processIdentifier, signal)
        demo.waitUntilExit()
        #expect(demo.terminationReason == .exit && demo.terminationStatus == 3)
        #expect(try Program.running(folder.path).isEmpty)
    }

    @Test("falsified evidence is noticed", arguments: Falsification.all)
    func noticesFalsified(_ falsification: Falsification) throws {
        let verdict = try #require(try Verdict.on(falsification.name))
        let failed = verdict.failed ?? []
        #expect(failed.contains { $0.contains(falsification.noticed) }, "\(failed) \(verdict.error ?? "")")
    }
}
