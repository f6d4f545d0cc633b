import Core
import Testing

@testable import Gateway

@Suite("How a source's conversions go on, in the configuration")
struct SettingsForwardingTests {
    private static func source(_ more: String) throws -> Settings.Source? {
        let text = SettingsTests.full.replacing("without: strip}}", with: "without: strip}\(more)}")
        return try SettingsCases.settings(text, files: ["config/rules/example.yaml": SettingsTests.rule]).sources.first
    }

    @Test("without a word: a second for company, and test events stay here")
    func standard() throws {
        let source = try Self.source("")
        #expect(source?.lingerMs == 1_000 && source?.testEvents == .refuse)
    }

    @Test(
        "as it is said",
        arguments: [
            (", linger: 0s", 0, TestEvents.refuse), (", linger: at_once, test_events: strip", 0, .strip),
            (", linger: 60s, test_events: forward", 60_000, .forward), (", test_events: refuse", 1_000, .refuse),
        ] as [(String, Int64, TestEvents)])
    func chosen(more: String, lingerMs: Int64, testEvents: TestEvents) throws {
        let source = try Self.source(more)
        #expect(source?.lingerMs == lingerMs && source?.testEvents == testEvents)
    }

    @Test("copies go to the datasets that it names, in their order, and to nobody without a word")
    func copies() throws {
        #expect(try Self.source("")?.copies == [])
        let source = try Self.source(#", copies: ["901", "902"]"#)
        #expect(source?.copies == ["901", "902"])
        let policy = ForwardingPolicy(copies: ["901", "902"])
        #expect(policy.copies(beside: "900").map { "\($0.copy) \($0.dataset)" } == ["1 901", "2 902"])
        #expect(policy.copies(beside: "901").map { "\($0.copy) \($0.dataset)" } == ["2 902"])
    }
}
