import Testing

@testable import Core

@Suite("Insights rows become facts")
struct InsightsRowsTests {
    private static let row: JSON = [
        "campaign_id": "11", "adset_id": "111", "ad_id": "1111", "impressions": "9708", "reach": "8120", "clicks": "120",
        "inline_link_clicks": "80", "spend": "42.17", "date_start": "2026-11-19", "date_stop": "2026-11-19",
        "actions": [
            ["action_type": "link_click", "value": "80"],
            ["action_type": "omni_purchase", "value": "3", "7d_click": "2", "1d_view": "1"],
            ["action_type": "lead", "value": "1.5"],
        ],
        "action_values": [["action_type": "omni_purchase", "value": "289.90"]],
    ]

    private func facts(_ rows: [JSON], level: EntityLevel = .ad, code: String = "EUR") throws(InsightError) -> [Fact] {
        try InsightRows.facts(from: rows, level: level, currency: Currency(code: code))
    }

    @Test("a row of Meta's is taken over figure by figure")
    func whole() throws {
        let fact = try #require(try facts([Self.row]).first)
        #expect(fact.entityID == "1111")
        #expect(fact.dateStart.text == "2026-11-19")
        #expect([fact.impressions, fact.clicks, fact.linkClicks, fact.spendMinor] == [9_708, 120, 80, 4_217])
        #expect(fact.reach == 8_120)
        #expect(fact.actions["omni_purchase"] == ActionCount(count: Sample.number("3"), valueMinor: 28_990))
        #expect(fact.actions["lead"] == ActionCount(count: Sample.number("1.5")))
        #expect(fact.id == 0 && !fact.isEmpty)
    }

    @Test("the level says whose row it is", arguments: [(EntityLevel.campaign, "11"), (.adset, "111"), (.ad, "1111")])
    func level(level: EntityLevel, id: String) throws {
        #expect(try facts([Self.row], level: level).map(\.entityID) == [id])
    }

    @Test("numbers may be numbers, and what is absent or null is 0 within a row, but reach is not known")
    func sparse() throws {
        let sparse: JSON = [
            "ad_id": 1111, "date_start": "2026-11-19", "date_stop": "2026-11-20", "impressions": 5, "spend": .number("0.01"),
            "clicks": .null,
        ]
        let fact = try #require(try facts([sparse]).first)
        #expect([fact.impressions, fact.clicks, fact.linkClicks, fact.spendMinor] == [5, 0, 0, 1])
        #expect(fact.reach == nil)
        #expect(fact.actions.isEmpty)
    }

    @Test(
        "amounts are kept in the currency's own units, of a currency that is not in the table in hundredths",
        arguments: [
            ("EUR", 4_217), ("JPY", 42), ("JOD", 4_217), ("LKR", 4_217),
        ] as [(String, Int64)])
    func currencies(code: String, minor: Int64) throws {
        #expect(try facts([Self.row], code: code).map(\.spendMinor) == [minor])
    }

    @Test(
        "a row that can't be a fact is refused and named",
        arguments: [
            ("ad_id", nil, InsightError.missing(field: "ad_id", row: 0)), ("ad_id", "", .missing(field: "ad_id", row: 0)),
            ("date_start", nil, .missing(field: "date_start", row: 0)),
            ("date_stop", "yesterday", .malformed(field: "date_stop", row: 0)),
            ("date_stop", "2026-11-18", .malformed(field: "date_stop", row: 0)),
            ("impressions", "12.5", .malformed(field: "impressions", row: 0)),
            ("impressions", "-1", .malformed(field: "impressions", row: 0)),
            ("spend", "a lot", .malformed(field: "spend", row: 0)),
            ("spend", [], .malformed(field: "spend", row: 0)), ("spend", "1e400", .malformed(field: "spend", row: 0)),
            ("actions", "3", .malformed(field: "actions", row: 0)),
            ("actions", [["value": "3"]], .malformed(field: "actions", row: 0)),
            ("actions", [["action_type": "lead", "value": [1, 2]]], .malformed(field: "actions", row: 0)),
            (
                "actions", [["action_type": "lead", "value": "1"], ["action_type": "lead", "value": "2"]], .repeatedAction(row: 0)
            ),
        ] as [(String, JSON?, InsightError)])
    func refused(field: String, value: JSON?, error: InsightError) throws {
        guard case .object(var row) = Self.row else { return }
        row[field] = value
        #expect(throws: error) { try facts([.object(row)]) }
        #expect(!error.sentence.isEmpty)
    }

    @Test("an action with only window keys counts nothing, and a value without a count is kept")
    func oddElements() throws {
        let row: JSON = [
            "ad_id": "1", "date_start": "2026-11-19", "date_stop": "2026-11-19",
            "actions": [["action_type": "lead", "1d_view": "1"]],
            "action_values": [["action_type": "purchase", "value": "-12.00"]],
        ]
        #expect(try facts([row]).first?.actions == ["purchase": ActionCount(count: .zero, valueMinor: -1_200)])
    }

    @Test("the text of the actions is sorted and reads back the same")
    func actionsText() throws {
        let fact = try #require(try facts([Self.row]).first)
        #expect(
            fact.actionsText == #"{"lead":{"count":1.5},"link_click":{"count":80},"omni_purchase":{"count":3,"value":28990}}"#)
        #expect(try Fact.actions(from: fact.actionsText) == fact.actions)
        #expect(try Fact.actions(from: Sample.row(1, daysAgo: 1).actionsText).isEmpty)
    }

    @Test(
        "a stored text that is none of ours is refused",
        arguments: [
            "", "[]", #"{"lead":3}"#, #"{"lead":{"value":3}}"#, #"{"lead":{"count":3,"value":"x"}}"#, #"{"lead":{"count":"3"}}"#,
        ])
    func badActionsText(text: String) {
        #expect(throws: InsightError.storedActions) { try Fact.actions(from: text) }
    }

    @Test("a new version is needed only when something changed")
    func sameContent() throws {
        let a = Sample.row(1, daysAgo: 1, reach: 10, actions: Sample.purchases("2", 500))
        #expect(a.hasSameContent(as: a.stored(as: 9)))
        #expect(!a.hasSameContent(as: Sample.row(1, daysAgo: 1, reach: 10, actions: Sample.purchases("2", 501))))
        #expect(!a.hasSameContent(as: Sample.row(1, daysAgo: 1, reach: 11, actions: Sample.purchases("2", 500))))
        #expect(
            !Sample.row(1, daysAgo: 1, impressions: 0, clicks: 0, linkClicks: 0, spend: 0).hasSameContent(
                as: Sample.empty(1, daysAgo: 1)))
        let withoutReach = Sample.row(0, daysAgo: 1, actions: Sample.purchases("2", 500))
        #expect(withoutReach.keepingReach(of: a).hasSameContent(as: a))
        #expect(Sample.row(0, daysAgo: 1, impressions: 2_000).keepingReach(of: a).reach == nil)
    }

    @Test("what was read and not there is written down: per day of a series, once for a range")
    func filled() {
        let since = Sample.today.adding(days: -2)
        let rows = [Sample.row(1, daysAgo: 1, of: "11"), Sample.row(2, daysAgo: 0, of: "99")]
        let daily = ReadShape(level: .campaign, since: since, until: Sample.today, daily: true, needsReach: false)
        let filled = InsightRows.filled(rows, entities: ["11", "12"], shape: daily)
        #expect(filled.count == 2 + 2 + 3)
        #expect(filled.filter(\.isEmpty).allSatisfy { $0.dateStart == $0.dateStop && $0.level == .campaign })
        #expect(filled.filter { $0.entityID == "11" && $0.isEmpty }.map(\.dateStart) == [since, Sample.today])
        let range = ReadShape(level: .campaign, since: since, until: Sample.today, daily: false, needsReach: true)
        let once = InsightRows.filled([], entities: ["11", "12"], shape: range)
        #expect(once.map(\.entityID) == ["11", "12"])
        #expect(once.allSatisfy { $0.isEmpty && $0.dateStart == since && $0.dateStop == Sample.today })
    }

    @Test("the account's action types grow and never shrink")
    func knownActions() {
        let facts = [
            Sample.row(1, daysAgo: 1, actions: Sample.purchases("1", nil)),
            Sample.row(2, daysAgo: 1, actions: ["lead": .init(count: .one)]),
        ]
        let known = KnownActions.adding(facts, to: ["like"])
        #expect(known == ["like", "omni_purchase", "lead"])
        #expect(
            KnownActions.adding([Sample.row(3, daysAgo: 0, actions: Sample.purchases("1", 5))], to: known).contains(
                "value:omni_purchase"))
    }

    @Test(
        "one action type stands for a goal, the widest that the account has",
        arguments: [
            (Goal.purchase, ["purchase", "omni_purchase", "offsite_conversion.fb_pixel_purchase"], "omni_purchase"),
            (.purchase, ["purchase", "offsite_conversion.fb_pixel_purchase"], "purchase"),
            (.purchase, ["offsite_conversion.fb_pixel_purchase", "lead"], "offsite_conversion.fb_pixel_purchase"),
            (.purchase, ["lead", "value:omni_purchase"], nil), (.lead, ["onsite_conversion.lead_grouped", "lead"], "lead"),
            (.lead, ["offsite_conversion.fb_pixel_lead", "onsite_conversion.lead_grouped"], "onsite_conversion.lead_grouped"),
            (.lead, ["offsite_conversion.fb_pixel_lead"], "offsite_conversion.fb_pixel_lead"), (.lead, [], nil),
        ] as [(Goal, [String], String?)])
    func goals(goal: Goal, known: [String], chosen: String?) {
        #expect(goal.actionType(known: Set(known)) == chosen)
    }
}
