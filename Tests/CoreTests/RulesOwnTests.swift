import Testing

@testable import Core

@Suite("Rules on our own figures")
struct RulesOwnTests {
    private static let facts = Sample.week([Sample.row(1, daysAgo: 1, spend: 7_813)])

    private func evaluation(_ metric: Metric, _ test: String, _ own: OwnInput) throws -> Evaluation {
        let rule = Sample.rule(try Sample.compare(metric, .lastDays(7), test), [.pause])
        return RuleEngine.evaluate(rule, Sample.input(Self.facts, own: own))
    }

    @Test(
        "a lower bound settles what can't change any more, and nothing else",
        arguments: [
            ("> 2", "true"), ("> 3", "unknown"), ("> 4", "unknown"), (">= 3", "true"), (">= 4", "unknown"),
            ("< 3", "false"), ("< 2", "false"), ("< 4", "unknown"), ("<= 2", "false"), ("<= 3", "unknown"), ("<= 4", "unknown"),
            ("= 2", "false"), ("= 3", "unknown"), ("= 4", "unknown"), ("!= 2", "true"), ("!= 3", "unknown"),
            ("between 1 and 2", "false"), ("between 1 and 3", "unknown"), ("between 4 and 5", "unknown"),
            ("> 1 x own.comments", "true"), ("> 2 x own.leads", "unknown"), ("< 0 x own.leads", "false"),
            ("> -1 x own.leads", "unknown"),
        ])
    func bounds(test: String, truth: String) throws {
        var own = Sample.own(leads: 3, comments: 1, countedMs: -1)
        let evaluation = try evaluation(.ownLeads, test, own)
        // comments are a lower bound too: compared with another, nothing is settled
        let expected = test == "> 1 x own.comments" ? "unknown" : truth
        #expect(evaluation.truth.text == expected)
        if expected == "unknown" { #expect(evaluation.truth == .unknown(.ownIncomplete)) }
        own = Sample.own(leads: 3, comments: 1)
        #expect(try self.evaluation(.ownLeads, test, own).truth.text != "unknown")
    }

    @Test(
        "a lower bound on the right side, mirrored",
        arguments: [
            (Int64(2), "<", "true"), (3, "<", "unknown"), (3, "<=", "true"), (4, "<=", "unknown"), (3, ">", "false"),
            (4, ">", "unknown"), (2, ">=", "false"), (3, ">=", "unknown"), (2, "=", "false"), (3, "=", "unknown"),
            (2, "!=", "true"), (5, "!=", "unknown"),
        ])
    func rightSide(left: Int64, op: String, truth: String) throws {
        let op = try #require(Operator(rawValue: op))
        #expect(MetricValue.value(Ratio(left)).compared(op, .atLeast(Ratio(3))).text == truth)
        #expect(MetricValue.unknown(.noRows).compared(op, .atLeast(Ratio(3))) == .unknown(.noRows))
        #expect(MetricValue.atLeast(Ratio(1)).compared(op, .atLeast(Ratio(3))) == .unknown(.ownIncomplete))
    }

    @Test("whatever is added to a lower bound, what it settled stays")
    func sound() {
        var draws = SplitMix(seed: 7)
        for _ in 0..<5_000 {
            let (bound, other) = (Int64.random(in: 0...6, using: &draws), Int64.random(in: 0...6, using: &draws))
            let real = bound + Int64.random(in: 0...6, using: &draws)
            for op in Operator.allCases {
                let settled = MetricValue.atLeast(Ratio(bound)).compared(op, .value(Ratio(other)))
                if settled.text != "unknown" { #expect(settled == Truth(op.holds(Ratio(real), Ratio(other)))) }
                let mirrored = MetricValue.value(Ratio(other)).compared(op, .atLeast(Ratio(bound)))
                if mirrored.text != "unknown" { #expect(mirrored == Truth(op.holds(Ratio(other), Ratio(real)))) }
            }
        }
    }

    @Test("a decision is made from lower bounds where they suffice, and its operand says so")
    func operands() throws {
        let own = Sample.own(leads: 3, purchases: 1, revenue: ["EUR": 15_626], latest: [.lead: 70, .purchase: 71], countedMs: -1)
        let leads = try evaluation(.ownLeads, ">= 3", own)
        #expect(leads.isMatch && leads.operands[0].left.text == "at least 3" && leads.operands[0].ownEvents == [70])
        #expect(leads.operands[0].spendAge == nil && leads.evidence.isEmpty && leads.own.count == 1)
        let roas = try evaluation(.ownRoas, "> 1.5", own)
        #expect(roas.isMatch && roas.operands[0].left.text == "at least 2" && roas.operands[0].ownEvents == [71])
        #expect(roas.operands[0].spendAge?.text == "spend read 12 min ago" && roas.evidence.contains(1))
        let both = try evaluation(
            .ownLeads, "> 2 x own.purchases", Sample.own(leads: 3, purchases: 1, latest: [.lead: 70, .purchase: 71]))
        #expect(both.isMatch && both.own.count == 2 && both.operands[0].ownEvents == [70, 71])
    }

    @Test("the same figures give the same key, a new event another; without own figures the key is what it was")
    func keys() throws {
        func key(_ own: OwnInput) throws -> String {
            let evaluation = try evaluation(.ownLeads, "> 0", own)
            return idempotencyKeyText(
                rule: "r", version: "v", entity: EntityRef(.campaign, "11"), evidence: evaluation.evidence, own: evaluation.own,
                action: .pause)
        }
        let first = try key(Sample.own(leads: 1, latest: [.lead: 70]))
        #expect(try key(Sample.own(leads: 1, comments: 4, latest: [.lead: 70])) == first)
        #expect(try key(Sample.own(leads: 2, latest: [.lead: 71])) != first)
        let plain = idempotencyKeyText(rule: "r", version: "v", entity: EntityRef(.ad, "1"), evidence: [2, 1], action: .pause)
        #expect(plain == "1:r|1:v|4:ad:1|3:1,2|5:pause")
    }

    @Test(
        "what can't go together is refused",
        arguments: [
            (Metric.ownLeads, Window?.none, "> 1", EntityLevel.campaign, "needs a window"),
            (.ownLeads, .today, "> 1", .account, "does not exist at level account"),
            (.spend, .today, "> 2 x own.revenue", .account, "does not exist at level account"),
            (.ownLeads, .today, "> 1 x own.revenue", .ad, "can't be compared"),
            (.ownRoas, .today, "> 1 x own.cpl", .ad, "can't be compared"),
        ])
    func faults(metric: Metric, window: Window?, test: String, level: EntityLevel, part: String) throws {
        let rule = Sample.rule(try Sample.compare(metric, window, test), [.notify(destination: "team")], level: level)
        #expect(rule.faults.contains { $0.sentence.contains(part) }, "\(rule.faults)")
    }

    @Test("what goes together is taken, also beside Meta's own figures")
    func compatible() throws {
        let pairs: [(Metric, String)] = [
            (.ownLeads, "> 1 x leads"), (.ownRevenue, "> 2 x spend"), (.ownCpl, "< 1 x cpl"), (.ownRoas, "> 1 x roas"),
            (.spend, "> 1 x own.revenue"), (.ownComments, "between 1 and 3"), (.ownPurchases, ">= 1 x purchases"),
        ]
        for level in [EntityLevel.ad, .adset, .campaign] {
            for (metric, test) in pairs {
                let rule = Sample.rule(try Sample.compare(metric, .today, test), [.pause], level: level)
                #expect(rule.faults.isEmpty && rule.usesOwn && rule.ownWindows == [.today], "\(metric.text) \(test)")
            }
        }
        #expect(!Sample.rule(try Sample.compare(.leads, .today, "> 1"), [.pause]).usesOwn)
    }
}
