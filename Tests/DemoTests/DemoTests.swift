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
