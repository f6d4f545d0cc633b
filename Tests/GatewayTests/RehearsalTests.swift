import Core
import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite("touchstone test")
struct RehearsalTests {
    static let scenario = """
        accounts:
          - {id: "1", name: Belmonte, currency: EUR, timezone: Europe/Warsaw, min_daily_budget: 100, campaigns: [
              {id: "11", name: "Summer A", status: ACTIVE, daily_budget: 20000, adsets: [
                {id: "111", name: S, status: ACTIVE, ads: [{id: "1111", name: x, status: ACTIVE}]}]}]}
        insights:
          - {level: ad, id: "1111", day: -1, impressions: 1000, clicks: 50, reach: 900, spend: "78.13", actions: {omni_purchase: 3}, action_values: {omni_purchase: "328.13"}}
        """

    /// A folder of its own, gone with the test.
    private static func inFolder<T>(_ body: (String) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.path + "/touchstone-rehearsal-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private static func status(ad: String) throws -> HTTPFile {
        var subject = Sample.Subject()
        subject.ad = ad
        return try Sample.status.request(subject, settings: Rehearsed.settings(), nowMs: Rehearsed.nowMs)
    }

    private static func expectation(_ effects: JSON) -> FixtureExpectation {
        FixtureExpectation(
            document: [
                "captured_at": .string(FixtureExpectation.text(ofMs: Rehearsed.nowMs)), "answer": ["status": 200],
                "effects": effects,
            ])
    }

    @Test("a rule's action is an effect; a changed threshold says which effect is missing", arguments: ["3", "5"])
    func threshold(_ threshold: String) async throws {
        try await Self.inFolder { folder in
            let rehearsal = try Rehearsal(
                settings: Rehearsed.settings(threshold: threshold), scenario: Self.scenario, folder: folder)
            let expectation = Self.expectation([
                ["action": "pause", "rule": "stop", "target": ["campaign", "11"], "new": "PAUSED", "state": "done"]
            ])
            let outcome = try await rehearsal.play(try Self.status(ad: "1111"), expectation: expectation)
            if threshold == "3" {
                #expect(outcome.differences == [])
            } else {
                #expect(outcome.differences.count == 1)
                #expect(outcome.differences[0].hasPrefix("effect missing: "))
                #expect(outcome.differences[0].contains("pause"))
            }
        }
    }

    @Test("without a scenario the entities that a request names exist, and its lead can be read")
    func madeUp() async throws {
        try await Self.inFolder { folder in
            let rehearsal = try Rehearsal(settings: Rehearsed.settings(), scenario: nil, folder: folder)
            var subject = Sample.Subject()
            (subject.ad, subject.id) = ("120250784238480294", "1958340478236214")
            let lead = try Sample.leadgen.request(subject, settings: Rehearsed.settings(), nowMs: Rehearsed.nowMs)
            let expectation = Self.expectation([
                ["store_lead": "1958340478236214", "ad": "120250784238480294", "test": false],
                ["forward_lead": "crm", "state": "done"], ["forward": "old-app", "state": "done"],
                ["touch": ["ad", "120250784238480294"]],
            ])
            let outcome = try await rehearsal.play(lead, expectation: expectation)
            #expect(outcome.differences == [])
        }
    }

    @Test("a purchase of a shop is forwarded once")
    func purchase() async throws {
        try await Self.inFolder { folder in
            let rehearsal = try Rehearsal(settings: Rehearsed.settings(), scenario: nil, folder: folder)
            var subject = Sample.Subject()
            subject.id = "order-1"
            var settings = try Rehearsed.settings()
            settings.sources[0].tokens = [Secret(FixtureSigner.token)]
            settings.sources[0].secrets = [Secret(DemoFixtures.secret)]
            let purchase = try Sample.purchase.request(subject, settings: settings, nowMs: Rehearsed.nowMs)
            let expectation = Self.expectation([
                ["conversion": "Purchase", "event_id": "order-1", "state": "forwarded"], ["forward_conversion": "987654321"],
            ])
            let outcome = try await rehearsal.play(purchase, expectation: expectation)
            #expect(outcome.differences == [])
        }
    }

    @Test("an empty list means none at all")
    func none() async throws {
        try await Self.inFolder { folder in
            let rehearsal = try Rehearsal(settings: Rehearsed.settings(), scenario: nil, folder: folder)
            let outcome = try await rehearsal.play(try Self.status(ad: "1111"), expectation: Self.expectation([]))
            #expect(outcome.differences.count == 1)
            #expect(outcome.differences[0].hasPrefix("effect: expected none"))
        }
    }

    static let comparisons: [(expected: String, actual: String, holds: Bool)] = [
        (#"{"a":1}"#, #"{"a":1,"b":2}"#, true), (#"{"a":1,"b":2}"#, #"{"a":1}"#, false), (#"{"a":null}"#, "{}", true),
        (#"["ad","1"]"#, #"["ad","1"]"#, true), (#"["ad"]"#, #"["ad","1"]"#, false), (#"{"a":"1"}"#, #"{"a":1}"#, false),
        (#"{"a":{"b":[1]}}"#, #"{"a":{"b":[1],"c":2}}"#, true), ("true", "false", false),
    ]

    @Test("a subset is enough, a difference is one", arguments: comparisons)
    func subset(expected: String, actual: String, holds: Bool) throws {
        let (left, right) = (try JSON.parse(Array(expected.utf8)), try JSON.parse(Array(actual.utf8)))
        #expect(ExpectationDiff.holds(left, in: right) == holds)
    }

    @Test("two equal effects are expected twice: one does not stand for both")
    func twice() throws {
        let one: JSON = ["effects": [["notify": "team"]]]
        let two: JSON = ["effects": [["notify": "team"], ["notify": "team"]]]
        #expect(ExpectationDiff(expected: two, actual: one).differences.count == 1)
        #expect(ExpectationDiff(expected: two, actual: two).differences.isEmpty)
    }

    @Test("the JUnit report counts what is red and escapes what it quotes")
    func junit() async throws {
        try await Self.inFolder { folder in
            let rehearsal = try Rehearsal(settings: Rehearsed.settings(), scenario: nil, folder: folder)
            let outcome = try await rehearsal.play(
                try Self.status(ad: "1111"), expectation: Self.expectation([["notify": "<team>"]]))
            let text = JUnitReport.text([outcome], failures: [("gone.http", "has no .expect.json & more")])
            #expect(text.contains(#"tests="2" failures="2""#))
            #expect(text.contains("&lt;team&gt;") && text.contains("&amp; more") && !text.contains("<team>"))
        }
    }
}
