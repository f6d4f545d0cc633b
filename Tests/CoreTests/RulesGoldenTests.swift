import Testing

@testable import Core

@Suite("Scale high performers: ROAS > 3 and profit > 100 over 7 days, +25 %, at most 500")
struct RulesGoldenTests {
    /// What an account looks like at Meta in each currency, amounts in major units.
    struct Campaign {
        let id: String
        let spend: String
        let value: String
        let budget: String
        let newBudget: String?
    }

    static let campaigns = [
        Campaign(id: "A", spend: "78.13", value: "328.13", budget: "200.00", newBudget: "250.00"),
        Campaign(id: "B", spend: "45.45", value: "95.45", budget: "150.00", newBudget: nil),  // ROAS 2.1, profit 50
        Campaign(id: "C", spend: "45.00", value: "225.00", budget: "320.00", newBudget: "400.00"),  // ROAS 5.0, profit 180
    ]

    private func rule() throws -> Rule {
        let when = try Condition.all([
            Sample.compare(.roas, .lastDays(7), "> 3"), Sample.compare(.profit, .lastDays(7), "> 100"),
        ])
        let change = try BudgetChange(by: "+25%", to: nil, min: nil, max: "500.00")
        return Sample.rule(when, [.adjustBudget(change)])
    }

    /// The figures come over two of the seven days, the action counts in whatever form, through the same door as an answer of Meta's.
    private func input(_ campaign: Campaign, _ currency: Currency, firstID: Int64) throws -> RuleInput {
        let spend = try #require(currency.minor(major: campaign.spend))
        let value = try #require(currency.minor(major: campaign.value))
        let data: [JSON] = [(-5, spend - spend / 3, value - value / 4), (-1, spend / 3, value / 4)].map { day, spend, value in
            let date = JSON.string(Sample.today.adding(days: day).text)
            return [
                "campaign_id": .string(campaign.id), "date_start": date, "date_stop": date, "impressions": "500", "clicks": "20",
                "spend": .string(currency.major(minor: spend)), "actions": [["action_type": "omni_purchase", "value": "2"]],
                "action_values": [["action_type": "omni_purchase", "value": .string(currency.major(minor: value))]],
            ]
        }
        let shape = try #require(ReadPlan.shapes(for: [rule()], level: .campaign, today: Sample.today).first)
        let rows = try InsightRows.facts(from: data, level: .campaign, currency: currency)
        let facts = InsightRows.filled(rows, entities: [campaign.id], shape: shape).enumerated().map {
            $1.stored(as: firstID + Int64($0))
        }
        let known = KnownActions.adding(facts, to: [])
        return Sample.input(
            facts, entity: Sample.campaign(campaign.id, daily: currency.minor(major: campaign.budget)), currency: currency,
            purchaseAction: Goal.purchase.actionType(known: known), known: known, margin: .one)
    }

    @Test("A goes to 250, C to 400, B stays; three checked, two matched", arguments: ["EUR", "HUF", "JPY", "JOD"])
    func golden(code: String) throws {
        let currency = try #require(Currency(code: code))
        let rule = try rule()
        #expect(rule.faults.isEmpty)
        var matched = 0
        for (index, campaign) in Self.campaigns.enumerated() {
            let input = try input(campaign, currency, firstID: Int64(index) * 100 + 1)
            let evaluation = RuleEngine.evaluate(rule, input)
            let decisions = RuleEngine.decide(rule, evaluation, input, history: Sample.noPast(rule, input), money: nil)
            matched += evaluation.isMatch ? 1 : 0
            guard let newBudget = campaign.newBudget else {
                #expect(evaluation.truth == .false)
                #expect(decisions.isEmpty)
                continue
            }
            #expect(evaluation.truth == .true)
            let decision = try #require(decisions.first)
            #expect(decisions.count == 1)
            #expect(decision.target == EntityRef(.campaign, campaign.id))
            #expect(decision.field == .dailyBudget)
            #expect(decision.verdict == .act)
            #expect(decision.old == currency.minor(major: campaign.budget).map(String.init))
            #expect(decision.new == currency.minor(major: newBudget).map(String.init))
        }
        #expect(matched == 2)
    }

    @Test("the figures are those of the story: A has ROAS 4.2 and profit 250, C 5 and 180, B 2.1 and 50")
    func figures() throws {
        let euro = try #require(Currency(code: "EUR"))
        let expected = ["A": ("4.199795", "250"), "B": ("2.10011", "50"), "C": ("5", "180")]
        for campaign in Self.campaigns {
            let evaluation = RuleEngine.evaluate(try rule(), try input(campaign, euro, firstID: 1))
            #expect(evaluation.operands.map(\.left.text) == expected[campaign.id].map { [$0.0, $0.1] })
            #expect(evaluation.operands.map(\.path) == ["when.all[0]", "when.all[1]"])
        }
    }

    @Test("the same facts again are the same evidence and so the same key; one new version is another")
    func sameEvidence() throws {
        let euro = try #require(Currency(code: "EUR"))
        let rule = try rule()
        let before = try input(Self.campaigns[0], euro, firstID: 1)
        let after = RuleInput(  // the budget has moved and the facts come in another order
            entity: Sample.campaign("A", daily: 25_000), currency: euro, accountToday: before.accountToday,
            facts: before.facts.reversed(),
            purchaseAction: before.purchaseAction, knownActions: before.knownActions, margin: before.margin)
        func key(_ input: RuleInput) -> String {
            let evidence = RuleEngine.evaluate(rule, input).evidence
            return idempotencyKeyText(
                rule: rule.name, version: rule.version, entity: input.entity.ref, evidence: evidence, action: rule.actions[0])
        }
        #expect(key(before) == key(after))
        let renewed = Sample.input(
            before.facts.map { $0.id == 2 ? $0.stored(as: 77) : $0 }, entity: before.entity, known: before.knownActions)
        #expect(key(renewed) != key(before))
    }

    @Test("25 campaigns with 145, 67, 203, 12 and 0 in a funnel step keep their figures, and a 26th without a row is unknown")
    func funnel() throws {
        let counts = [145, 67, 203, 12, 0] + (6...25).map { 10 * $0 }
        let date = JSON.string(Sample.today.text)
        let rows: [JSON] = counts.enumerated().map { index, count in
            let actions: JSON = count == 0 ? [] : [["action_type": "landing_page_view", "value": .string(String(count))]]
            return [
                "campaign_id": .string(String(1_000 + index)), "date_start": date, "date_stop": date, "spend": "20.00",
                "actions": actions,
            ]
        }
        let ids = (0..<26).map { String(1_000 + $0) }
        let shape = ReadShape(level: .campaign, since: Sample.today, until: Sample.today, daily: true, needsReach: false)
        let facts = InsightRows.filled(
            try InsightRows.facts(from: rows, level: .campaign, currency: Sample.euro), entities: ids, shape: shape)
        #expect(facts.count == 26)
        let known = KnownActions.adding(facts, to: [])
        for (index, id) in ids.enumerated() {
            let metrics = EntityMetrics(input: Sample.input(facts, entity: Sample.campaign(id), known: known))
            let value = metrics.value(of: .action("landing_page_view"), over: .today).value
            #expect(value == (index < 25 ? .value(Ratio(Int64(counts[index]))) : .unknown(.noRows)))
        }
    }
}
