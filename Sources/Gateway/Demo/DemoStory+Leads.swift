import Core

extension DemoStory {
    /// An advertiser with an instant form. One ad gets exactly as many leads as a rule asks for, another one fewer, beside a test
    /// lead and one that came from no ad.
    mutating func addLeads() throws {
        var workspace = try newWorkspace(
            "leads", DemoMoney(code: "EUR", offset: 100), in: ["Europe/Berlin"] + Self.fallbackTimeZones)
        let page = DemoPage(
            id: String(draw(100_000_000_000...999_999_999_999)), name: "Küche & Bad", token: keys.pageToken,
            isTokenConfigured: true)
        workspace.pages = [page]
        let form = DemoForm(
            id: newLeadID(), page: page.id, name: "Angebot \(draw(1...99)) – “Küche”",
            questions: ["full_name", "email", Self.budgetQuestion],
            names: [("full_name", "name"), (Self.budgetQuestion, "budget")])
        forms.append(form)
        let ads = ["A", "B", "C"].map { addFormCampaign("Form \($0)", to: &workspace) }
        let goal = draw(3...5)
        let winners = (0..<goal).map { _ in newLead(form, ad: ads[0]) }
        let runnersUp = (1..<goal).map { _ in newLead(form, ad: ads[1]) }
        var drawn = winners + runnersUp
        drawn[Int(draw(0...Int64(winners.count - 1)))].unreadableReads = 2
        drawn.append(newLead(form, ad: nil))
        drawn.append(testLead(form, ad: ads[1]))
        leads += drawn
        workspace.rules = Self.leadRules(workspace, goal: goal)
        expectation.touch(workspace, [0, 1].flatMap { workspace.lineage(of: ads[$0]) })
        expectation.own(workspace, "enough-leads", ads[0].ref, "status", "PAUSED")
        expectation.leads += drawn.count
        expectation.sentLeads.formUnion(drawn.filter { !$0.isTest }.map(\.id))
        expectation.ownEvents += winners.count + runnersUp.count
        addLeadNotices(drawn, page: page.id)
        workspaces.append(workspace)
    }

    private static let budgetQuestion = "was_ist_ihr_budget_(€)?"

    /// One ad in one ad set in one campaign.
    mutating func addFormCampaign(_ name: String, to workspace: inout DemoWorkspace) -> DemoEntity {
        var campaign = DemoEntity(ref: EntityRef(.campaign, newID()), name: name, dailyBudgetMinor: draw(20...90) * 100)
        var adset = DemoEntity(ref: EntityRef(.adset, newID()), name: "\(name) set")
        let ad = DemoEntity(ref: EntityRef(.ad, newID()), name: "\(name) ad")
        adset.children = [ad]
        campaign.children = [adset]
        workspace.campaigns.append(campaign)
        for day in 1...draw(1...4) {
            let impressions = draw(200...4000)
            workspace.rows.append(
                DemoRow(
                    ref: ad.ref, day: -Int(day), impressions: impressions, clicks: draw(1...50), linkClicks: 1,
                    reach: draw(50...150),
                    spendMinor: draw(100...9000), actions: ["link_click": 1]))
        }
        return ad
    }

    /// A new lead of one person; each answers in a script of their own.
    mutating func newLead(_ form: DemoForm, ad: DemoEntity?) -> DemoLead {
        let person = DemoPerson.drawn(from: &self)
        return DemoLead(
            id: newLeadID(), page: form.page, form: form.id, ad: ad?.ref.id, createdAt: nextEntryTime(),
            answers: form.questions.map { question in
                switch question {
                case "full_name": (question, person.name)
                case "email": (question, person.email)
                case _: (question, "\(draw(1...90)) 000 €")
                }
            }, consents: [("newsletter_optional", chance(50))], platform: chance(70) ? "fb" : "ig")
    }

    /// What Meta's testing tool makes; to make it harder, its answer names an ad that one more lead would tip.
    private mutating func testLead(_ form: DemoForm, ad: DemoEntity) -> DemoLead {
        DemoLead(
            id: newLeadID(), page: form.page, form: form.id, ad: ad.ref.id, createdAt: nextEntryTime(),
            answers: form.questions.map { ($0, $0 == "email" ? "test@meta.com" : "<test lead: dummy data for \($0)>") },
            isTest: true)
    }

    /// Every lead once in drawn batches, the slow one first; some again with their ids written otherwise, all again in the
    /// second act.
    private mutating func addLeadNotices(_ drawn: [DemoLead], page: String) {
        let order = drawn.filter { $0.unreadableReads > 0 } + shuffled(drawn.filter { $0.unreadableReads == 0 })
        send(order, page: page, "leads", again: false, second: false)
        send(Array(shuffled(drawn).prefix(2)), page: page, "leads-again", again: true, second: false)
        send(shuffled(drawn), page: page, "leads-regrouped", again: true, second: true)
    }

    private mutating func send(_ leads: [DemoLead], page: String, _ name: String, again: Bool, second: Bool) {
        for (index, batch) in batches(of: leads).enumerated() {
            let entries = batch.map { lead in
                (
                    id: page, time: nextEntryTime(),
                    changes: [lead.change(DemoLead.Spelling.allCases[Int(draw(0...2))])]
                )
            }
            add(
                .signed("\(name)-\(index + 1)", DemoNotification.body("page", entries), secret: keys.appSecret),
                changes: batch.count, duplicates: again ? batch.count : 0, second: second)
        }
    }

    /// One to three at a time, in their order.
    mutating func batches<T>(of items: [T]) -> [[T]] {
        var rest = items[...]
        var out: [[T]] = []
        while !rest.isEmpty {
            let count = Int(draw(1...3))
            out.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return out
    }

    private static func leadRules(_ workspace: DemoWorkspace, goal: Int64) -> [JSON] {
        [
            workspace.ownRule("enough-leads", .ad, "own.leads", ">= \(goal)", then: "pause"),
            workspace.ownRule("more-than-enough-leads", .campaign, "own.leads", "> \(goal)", then: "pause"),
        ]
    }
}

extension DemoWorkspace {
    /// A rule on one of our own figures, over the last week and today.
    func ownRule(_ name: String, _ level: EntityLevel, _ metric: String, _ test: String, then action: JSON) -> JSON {
        [
            "name": .string(name), "workspace": .string(self.name),
            "scope": [
                "level": .string(level.rawValue), "accounts": .array([.string("act_\(accountID)")]), "status": "active",
            ],
            "when": ["all": .array([["metric": .string(metric), "window": "last_7d+today", "is": .string(test)]])],
            "then": .array([action]), "limits": ["actions_per_day": 100], "mode": "active",
        ]
    }
}
