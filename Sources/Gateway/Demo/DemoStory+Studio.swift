import Core

extension DemoStory {
    /// What the seed draws for the studio's rules.
    private struct Bars {
        let spend: Int64
        let cpc: Int64
        let roasTenths: Int64
        let raise: Int64
        let cut: Int64
        let frequencyTenths: Int64
    }

    /// An account of drawn campaigns, ad sets and ads. Events name ads; their ad sets and campaigns are touched with them, their
    /// siblings are not.
    mutating func addStudio() throws {
        var workspace = try newWorkspace(
            "studio", DemoMoney(code: "USD", offset: 100), in: ["America/New_York", "Europe/Warsaw", "Asia/Kathmandu"])
        let page = DemoPage(id: String(draw(100_000_000_000...999_999_999_999)), name: "Studio", token: keys.thirdPageToken)
        workspace.pages = [page]
        let form = DemoForm(id: newLeadID(), page: page.id, name: "Newsletter", questions: ["full_name", "email"])
        forms.append(form)
        for index in 0..<draw(3...6) { addDrawnCampaign(pool: index % 2 == 0, to: &workspace) }
        let bars = Bars(
            spend: draw(30...110) * 100, cpc: draw(20...180), roasTenths: draw(5...40), raise: draw(5...60), cut: draw(5...40),
            frequencyTenths: draw(10...30))
        workspace.rules = Self.studioRules(workspace, bars)
        let ads = workspace.entities.filter { $0.ref.level == .ad }
        // The first two ads are always touched, the last never. The first has sold: the account is known to report sales.
        addSale(of: ads[0].ref, to: &workspace)
        let touchedAds = ads.enumerated().filter { index, _ in
            let drawn = chance(60)
            return index <= 1 || (drawn && index < ads.count - 1)
        }.map(\.element)
        let touched = touchedAds.flatMap { ad in workspace.lineage(of: ad) }.uniqued()
        expectation.touch(workspace, touched)
        expectStudio(workspace, touched, bars)
        addStudioNotices(workspace, form, touchedAds)
        workspaces.append(workspace)
    }

    private mutating func addDrawnCampaign(pool: Bool, to workspace: inout DemoWorkspace) {
        var campaign = DemoEntity(
            ref: EntityRef(.campaign, newID()), name: "\(pool ? "Pool" : "Own") \(workspace.campaigns.count + 1)",
            dailyBudgetMinor: pool ? draw(1000...90_000) : nil)
        for index in 1...draw(1...3) {
            var adset = DemoEntity(
                ref: EntityRef(.adset, newID()), name: "\(campaign.name) set \(index)",
                dailyBudgetMinor: pool ? nil : draw(1000...30_000))
            for number in 1...draw(1...3) {
                let ad = DemoEntity(
                    ref: EntityRef(.ad, newID()), name: "\(adset.name) ad \(number)", status: chance(85) ? "ACTIVE" : "PAUSED")
                adset.children.append(ad)
                if chance(85) { addDrawnRows(of: ad.ref, today: pool, to: &workspace) }
            }
            campaign.children.append(adset)
        }
        workspace.campaigns.append(campaign)
    }

    /// Days at random in the last seven, one of weeks ago that no window reaches, and in a pool perhaps today.
    private mutating func addDrawnRows(of ref: EntityRef, today: Bool, to workspace: inout DemoWorkspace) {
        let days = [-40] + (1...7).filter { _ in chance(60) }.map { -$0 } + (today && chance(50) ? [0] : [])
        for day in days {
            let impressions = draw(200...6000)
            let clicks = draw(0...impressions / 30)
            let links = draw(0...clicks)
            var row = DemoRow(
                ref: ref, day: day, impressions: impressions, clicks: clicks, linkClicks: links, reach: draw(100...impressions),
                spendMinor: draw(50...6000))
            if links > 0 { row.actions["link_click"] = links }
            if chance(35) {
                let sales = draw(1...4)
                row.actions["omni_purchase"] = sales
                row.valuesMinor["omni_purchase"] = sales * draw(500...9000)
            }
            workspace.rows.append(row)
        }
    }

    private mutating func addSale(of ref: EntityRef, to workspace: inout DemoWorkspace) {
        workspace.rows.removeAll { $0.ref == ref && $0.day == -1 }
        workspace.rows.append(
            DemoRow(
                ref: ref, day: -1, impressions: draw(500...900), clicks: draw(20...40), linkClicks: 9, reach: draw(300...450),
                spendMinor: draw(500...900),
                actions: ["link_click": 9, "omni_purchase": 2], valuesMinor: ["omni_purchase": draw(2000...4000)]))
    }

    private static func studioRules(_ workspace: DemoWorkspace, _ bars: Bars) -> [JSON] {
        func rule(_ name: String, _ scope: [(String, JSON)], _ conditions: [JSON], _ action: JSON, mode: String) -> JSON {
            let members = [("accounts", JSON.array([.string("act_\(workspace.accountID)")]))] + scope
            return [
                "name": .string(name), "workspace": .string(workspace.name),
                "scope": .object(JSONObject(members.map { .init(key: $0.0, value: $0.1) })),
                "when": ["all": .array(conditions)], "then": .array([action]),
                "limits": ["actions_per_day": 100], "mode": .string(mode),
            ]
        }
        let money = workspace.money
        return [
            rule(
                "stop-without-sales", [("level", "ad"), ("status", "active")],
                [
                    ["metric": "spend", "window": "last_3d", "is": .string("> \(money.major(bars.spend))")],
                    ["metric": "purchases", "window": "last_3d", "is": "= 0"],
                ], "pause", mode: "active"),
            rule(
                "tired-audience", [("level", "ad"), ("status", "active")],
                [
                    ["metric": "frequency", "window": "last_7d", "is": .string("> \(tenths(bars.frequencyTenths))")]
                ], "pause", mode: "dry_run"),
            rule(
                "trim-costly-clicks", [("level", "adset"), ("name", ["contains": "Own"]), ("status", "active")],
                [
                    ["metric": "cpc", "window": "last_7d", "is": .string("> \(money.major(bars.cpc))")]
                ], ["adjust_budget": ["by": .string("-\(bars.cut)%"), "min": 5]], mode: "active"),
            rule(
                "grow-pools", [("level", "campaign"), ("name", ["contains": "Pool"]), ("status", "active")],
                [
                    ["metric": "roas", "window": "last_7d", "is": .string("> \(tenths(bars.roasTenths))")],
                    ["not": ["metric": "spend", "window": "last_7d", "is": "> 5 x daily_budget"]],
                ], ["adjust_budget": ["by": .string("+\(bars.raise)%"), "max": 800]], mode: "active"),
        ]
    }

    private static func tenths(_ value: Int64) -> String { "\(value / 10).\(value % 10)" }

    /// Works out by whole numbers which rule must be true of which touched entity.
    ///
    /// No row in a window is unknown, and unknown never acts.
    private mutating func expectStudio(_ workspace: DemoWorkspace, _ touched: [DemoEntity], _ bars: Bars) {
        for entity in touched {
            let rows = workspace.rows(of: entity)
            let week = rows.filter { (-7 ... -1).contains($0.day) }
            let days = rows.filter { (-3 ... -1).contains($0.day) }
            let spend = week.reduce(0) { $0 + $1.spendMinor }
            switch entity.ref.level {
            case .account: continue
            case .ad:
                expectWindow(workspace, entity, week)
                guard entity.status == "ACTIVE" else { continue }
                expectation.evaluations += 2
                let lately = days.reduce(0) { $0 + $1.spendMinor }
                let sales = days.reduce(0) { $0 + ($1.actions["omni_purchase"] ?? 0) }
                let stops = !days.isEmpty && lately > bars.spend && sales == 0
                if stops { expect(workspace, entity, "status", "PAUSED") }
                if Self.isTired(week, bars) {
                    expectation.matches += 1
                    expectation.wouldWrites += stops ? 0 : 1  // the first rule's write is under way
                }
            case .adset:
                guard let budget = entity.dailyBudgetMinor else { continue }
                expectation.evaluations += 1
                let clicks = week.reduce(0) { $0 + $1.clicks }
                guard clicks > 0, spend > bars.cpc * clicks else { continue }
                expect(workspace, entity, "daily_budget", String(max(budget * (100 - bars.cut) / 100, 500)))
            case .campaign:
                guard let budget = entity.dailyBudgetMinor else { continue }
                expectation.evaluations += 1
                let value = week.reduce(0) { $0 + ($1.valuesMinor["omni_purchase"] ?? 0) }
                guard spend > 0, value * 10 > bars.roasTenths * spend, spend <= 5 * budget else { continue }
                expect(workspace, entity, "daily_budget", String(max(budget, min(budget * (100 + bars.raise) / 100, 80_000))))
            }
        }
    }

    private mutating func expect(_ workspace: DemoWorkspace, _ entity: DemoEntity, _ field: String, _ value: String) {
        expectation.matches += 1
        guard entity.dailyBudgetMinor.map(String.init) != value else { return }
        expectation.writes.insert(.init(workspace: workspace.name, ref: entity.ref, field: field, value: value))
    }

    /// The rule on frequency makes one more read: reach of seven days is no sum.
    private mutating func expectWindow(_ workspace: DemoWorkspace, _ entity: DemoEntity, _ week: [DemoRow]) {
        guard !week.isEmpty else { return }
        expectation.facts.insert("\(workspace.name)/\(entity.ref.level.rawValue)/\(entity.ref.id)/-7…-1")
    }

    /// Reach of several days, as the emulator scenario defines it: half of sum and largest day, rounded down.
    private static func isTired(_ week: [DemoRow], _ bars: Bars) -> Bool {
        let impressions = week.reduce(0) { $0 + $1.impressions }
        let sum = week.reduce(0) { $0 + $1.reach }
        let reach = (sum + (week.map(\.reach).max() ?? 0)) / 2
        return reach > 0 && impressions * 10 > bars.frequencyTenths * reach
    }

    /// The ads that notifications of the account name, and those that leads name: siblings of the former, or
    /// else the last.
    private static func split(_ ads: [DemoEntity], of workspace: DemoWorkspace) -> (named: [DemoEntity], led: [DemoEntity]) {
        var named: [DemoEntity] = []
        var led: [DemoEntity] = []
        for ad in ads {
            let family = workspace.lineage(of: ad).first { $0.ref.level == .adset }?.children.map(\.ref) ?? []
            let hasSibling = named.contains { family.contains($0.ref) }
            if hasSibling && led.count < 4 { led.append(ad) } else { named.append(ad) }
        }
        if led.isEmpty, named.count > 1 { led.append(named.removeLast()) }
        return (named, led)
    }

    /// Ads are named by status changes, issues and leads; the first lead comes twice, its ids as strings and as numbers.
    private mutating func addStudioNotices(_ workspace: DemoWorkspace, _ form: DemoForm, _ ads: [DemoEntity]) {
        let account = workspace.accountID
        let (named, led) = Self.split(ads, of: workspace)
        let changes = named.map { chance(50) ? DemoNotification.statusChanged($0.ref) : DemoNotification.withIssues($0.ref) }
        add(
            .signed(
                "studio-ads", DemoNotification.body("ad_account", [(account, nextEntryTime(), changes)]), secret: keys.appSecret),
            changes: changes.count)
        for (index, ad) in led.enumerated() {
            let lead = newLead(form, ad: ad)
            let time = nextEntryTime()
            let body = { (spelling: DemoLead.Spelling) in
                DemoNotification.body("page", [(form.page, time, [lead.change(spelling)])])
            }
            leads.append(lead)
            expectation.leads += 1
            expectation.ownEvents += 1
            expectation.sentLeads.insert(lead.id)
            add(.signed("studio-lead-\(index + 1)", body(.texts), secret: keys.appSecret), changes: 1)
            guard index == 0 else { continue }
            add(
                .signed("studio-lead-1-as-numbers", body(.numbers), secret: keys.appSecret), changes: 1, duplicates: 1,
                second: true)
        }
    }
}

extension DemoWorkspace {
    /// An entity, its ad set and its campaign.
    func lineage(of entity: DemoEntity) -> [DemoEntity] {
        entities.filter { $0.ref == entity.ref || $0.family.contains { $0.ref == entity.ref } }
    }
}

extension [DemoEntity] {
    fileprivate func uniqued() -> [DemoEntity] {
        var seen: Set<EntityRef> = []
        return filter { seen.insert($0.ref).inserted }
    }
}
