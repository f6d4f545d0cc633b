import Core
import Testing

@Suite("The report of conversions")
struct ReportTests {
    private static let nowMs: Int64 = 1_790_000_000_000

    private static func event(
        _ members: String = "", name: String = "Purchase", user: String = #"{"em":["x"]}"#, own: String = "", test: Bool = false
    ) throws -> ConversionEvent {
        let event =
            #"{"event_name":"\#(name)","event_time":1789999990,"event_id":"e",\#(members)"user_data":\#(user),"#
            + #""_touchstone":{"consent":"granted"\#(own.isEmpty ? #","forward":true"# : own)}}"#
        let beside = test ? #","test_event_code":"T""# : ""
        return try #require(
            ConversionDecoder.decode(
                body: Array(#"{"data":[\#(event)]\#(beside)}"#.utf8), dataset: "9", source: "s", receivedAtMs: nowMs,
                digest: { _ in "d" }
            ).first)
    }

    private static func names(_ event: ConversionEvent) -> [String] { event.facts.figures.map(\.name).sorted() }

    @Test("an event adds its keys, its age, its consent and what was found in it, names and never values")
    func figures() throws {
        let event = try Self.event(
            #""custom_data":{"value":12.5,"currency":"EUR"},"#, user: #"{"em":["x"],"fbc":"fb.1.2.c"}"#,
            own:
                ##","forward":true,"findings":[["junk_dropped","$['user_data']['ph'][0]"],["junk_dropped","$['user_data']['ph'][1]"],["key_moved","$['custom_data']['Joe']"],["nonsense","$"]]"##
        )
        #expect(
            Self.names(event) == [
                "age.10", "consent.granted", "event_id", "finding.junk_dropped user_data.ph", "finding.key_moved custom_data",
                "key.em", "key.fbc", "received", "value.EUR",
            ])
        #expect(event.facts.figures.first { $0.name == "value.EUR" }?.n == 1_250)
    }

    @Test("a test is counted as a test and nothing else; what is held, by its reason; an id that we made, apart")
    func kinds() throws {
        #expect(Self.names(try Self.event(test: true)) == ["tests"])
        let held = Self.names(try Self.event(own: #","forward":false,"reason":"no_consent""#))
        #expect(held.contains("held.no_consent"))
        let made = Self.names(try Self.event(own: #","forward":true,"made_id":true"#))
        #expect(made.contains("made_id") && !made.contains("event_id"))
    }

    @Test(
        "the library that made a key is read off what it wrote behind it",
        arguments: [
            (#"{"fbc":"fb.1.2.abc.AQQCAQIB"}"#, "node"), (#"{"fbp":"fb.1.2.3.AQICAQMC"}"#, "python"),
            (#"{"fbc":"fb.1.2.abc.Ag"}"#, "python"), (#"{"fbc":"fb.1.2.abc.-_-_-_-_"}"#, "other"),
            (#"{"em":["\#(String(repeating: "a", count: 64)).AQQCAQIB"]}"#, "node"),
        ])
    func libraries(_ user: String, _ library: String) throws {
        #expect(Self.names(try Self.event(user: user)).contains("appendix.\(library)"))
    }

    @Test(
        "a value without one names no library",
        arguments: [#"{"fbc":"fb.1.2.abc"}"#, #"{"em":["\#(String(repeating: "a", count: 64))"]}"#, #"{"fbc":"fb.1.2.a.x y"}"#])
    func noLibrary(_ user: String) throws {
        #expect(!Self.names(try Self.event(user: user)).contains { $0.hasPrefix("appendix") })
    }

    @Test("what was counted as new and is none is put right, and what comes to nothing is not written")
    func tally() throws {
        let event = try Self.event()
        var tally = ReportTally()
        for _ in 0..<3 { tally.add(event, workspace: "w", receivedAtMs: Self.nowMs) }
        tally.turnDuplicate(event, workspace: "w", receivedAtMs: Self.nowMs)
        let figures = Dictionary(uniqueKeysWithValues: tally.rows.map { ($0.figure, $0.n) })
        #expect(figures["received"] == 2 && figures["key.em"] == 2 && figures["duplicates"] == 1)
        #expect(Set(tally.rows.map(\.group.hour)) == [Self.nowMs / 3_600_000])
        var alone = ReportTally()
        alone.add(event, workspace: "w", receivedAtMs: Self.nowMs)
        alone.turnDuplicate(event, workspace: "w", receivedAtMs: Self.nowMs)
        #expect(alone.rows.map(\.figure) == ["duplicates"])
    }

    @Test("a share of the times lies within the end of a step, beyond the last in none")
    func quantiles() {
        var counts = [Int64](repeating: 0, count: ReportAge.ends.count + 1)
        #expect(ReportAge.quantile(0.5, of: counts) == nil)
        counts[0] = 90
        counts[2] = 6
        counts[counts.count - 1] = 4
        #expect(ReportAge.quantile(0.5, of: counts) == 10)
        #expect(ReportAge.quantile(0.95, of: counts) == 300)
        #expect(ReportAge.quantile(0.99, of: counts) == nil)
    }

    @Test("sections add up their hours, know what became of their events, and warn of a name that is nearly a standard one")
    func sections() {
        func row(_ name: String, _ figure: String, _ n: Int64, hour: Int64) -> ReportTally.Row {
            .init(
                group: .init(workspace: "w", source: "s", dataset: "9", eventName: name, hour: hour), figure: figure, n: n)
        }
        func outcome(_ name: String, _ state: ConversionState, _ n: Int64, delay: Int?) -> Report.OutcomeRow {
            .init(
                workspace: "w", source: "s", dataset: "9", eventName: name,
                outcome: .init(state: state, reason: "", events: n), delay: delay, lastAcceptedMs: delay.map { _ in 5 })
        }
        let report = Report(
            tallies: [
                row("Purchase", "received", 2, hour: 1), row("Purchase", "received", 3, hour: 2),
                row("purchase", "received", 1, hour: 1), row("custom", "received", 1, hour: 1),
            ],
            outcomes: [
                outcome("Purchase", .forwarded, 3, delay: 0), outcome("Purchase", .forwarded, 1, delay: 2),
                outcome("Purchase", .refused, 1, delay: nil), outcome("sha256:ab", .waiting, 1, delay: nil),
            ], doubles: [])
        #expect(report.sections.map(\.eventName) == ["Purchase", "custom", "purchase"])
        #expect(report.sections.map(\.received) == [5, 1, 1])
        #expect(report.sections.map(\.meantName) == [nil, nil, "Purchase"])
        let purchase = report.sections[0]
        #expect(purchase.outcomes.map(\.events) == [4, 1] && purchase.lastAcceptedMs == 5)
        #expect(ReportAge.quantile(0.5, of: purchase.delays) == 10 && ReportAge.quantile(0.95, of: purchase.delays) == 300)
        #expect(report.sections[1].outcomes.map(\.state) == [.waiting])
    }

    @Test(
        "a name one letter away from a standard one was meant to be that",
        arguments: [
            ("Purchas", "Purchase"), ("PURCHASE", "Purchase"), ("add_to_cart", "AddToCart"), ("Leads", "Lead"),
            ("ViewContemt", "ViewContent"), ("Purchase", nil), ("Order", nil), ("Refund", nil),
        ])
    func meant(_ name: String, _ meant: String?) throws {
        let event = try Self.event(name: name)
        var tally = ReportTally()
        tally.add(event, workspace: "w", receivedAtMs: Self.nowMs)
        #expect(Report(tallies: tally.rows, outcomes: [], doubles: []).sections.map(\.meantName) == [meant])
    }
}
