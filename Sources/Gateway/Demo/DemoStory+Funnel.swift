import Core

extension DemoStory {
    static let step = "offsite_conversion.custom.1001"

    /// An account whose funnel step is different in every campaign: five known figures, three that truly share one, the rest
    /// drawn, and a 26th campaign that delivered nothing. One notification touches all 26; four idle campaigns nobody touches.
    mutating func addFunnel() throws {
        var workspace = try newWorkspace(
            "funnel", DemoMoney(code: "EUR", offset: 100), in: ["Europe/Warsaw"] + Self.fallbackTimeZones)
        let shared = draw(20...400)
        let drawn = (0..<17).map { _ in draw(1...400) }
        let counts: [Int64?] = [145, 67, 203, 12, 0, shared, shared, shared] + drawn.map(Optional.some) + [nil]
        let threshold = draw(2...60)
        let least = draw(5...40) * 100
        for (index, count) in counts.enumerated() {
            let campaign = addCampaign("Funnel \(index + 1)", to: &workspace)
            guard let count else { continue }
            addFunnelRows(of: campaign.ref, count: count, days: index < 8 ? 1 : draw(1...4), to: &workspace)
        }
        let touched = workspace.campaigns
        for index in 1...4 {
            let idle = addCampaign("Idle \(index)", to: &workspace)
            addFunnelRows(of: idle.ref, count: 0, days: 2, to: &workspace)
        }
        workspace.rules = [Self.funnelRule(workspace, threshold: threshold, least: least)]
        expectFunnel(workspace, touched, threshold: threshold, least: least)
        let order = shuffled(touched)
        let halves = [order.prefix(13), order.suffix(13)].map { half in
            (
                id: workspace.accountID, time: nextEntryTime(),
                changes: half.map { Self.anyNotice($0.ref, account: workspace.accountID, draw(0...2)) }
            )
        }
        add(
            DemoRequest.signed("funnel-26-campaigns", DemoNotification.body("ad_account", halves), secret: keys.appSecret),
            changes: 26)
        workspaces.append(workspace)
    }

    private mutating func addCampaign(_ name: String, to workspace: inout DemoWorkspace) -> DemoEntity {
        let campaign = DemoEntity(ref: EntityRef(.campaign, newID()), name: name, dailyBudgetMinor: draw(20...900) * 100)
        workspace.campaigns.append(campaign)
        return campaign
    }

    /// Rows whose step adds up to `count`; a row with none has no such action at all, as Meta leaves zeros out.
    private mutating func addFunnelRows(of ref: EntityRef, count: Int64, days: Int64, to workspace: inout DemoWorkspace) {
        for day in 1...days {
            let part = count / days + (day == 1 ? count % days : 0)
            var row = DemoRow(
                ref: ref, day: -Int(day), impressions: draw(500...9000), clicks: draw(10...300), linkClicks: draw(1...9),
                reach: draw(100...400),
                spendMinor: draw(300...9000))
            if part > 0 { row.actions[Self.step] = part }
            row.actions["link_click"] = row.linkClicks
            workspace.rows.append(row)
        }
    }

    private static func funnelRule(_ workspace: DemoWorkspace, threshold: Int64, least: Int64) -> JSON {
        [
            "name": "pause-dead-step", "workspace": .string(workspace.name),
            "scope": ["level": "campaign", "accounts": .array([.string("act_\(workspace.accountID)")]), "status": "active"],
            "when": [
                "all": [
                    ["metric": .string("action:\(step)"), "window": "last_7d", "is": .string("< \(threshold)")],
                    ["metric": "spend", "window": "last_7d", "is": .string("> \(workspace.money.major(least))")],
                ]
            ],
            "then": ["pause"], "limits": ["actions_per_day": 100], "mode": "active",
        ]
    }

    private mutating func expectFunnel(_ workspace: DemoWorkspace, _ touched: [DemoEntity], threshold: Int64, least: Int64) {
        expectation.touch(workspace, touched)
        expectation.evaluations += touched.count
        for campaign in touched {
            let rows = workspace.rows(of: campaign)
            let count = rows.reduce(0) { $0 + ($1.actions[Self.step] ?? 0) }
            let spend = rows.reduce(0) { $0 + $1.spendMinor }
            guard !rows.isEmpty, count < threshold, spend > least else { continue }
            expectation.matches += 1
            expectation.writes.insert(.init(workspace: workspace.name, ref: campaign.ref, field: "status", value: "PAUSED"))
        }
    }

    private static func anyNotice(_ ref: EntityRef, account: String, _ pick: Int64) -> JSON {
        switch pick {
        case 0: DemoNotification.statusChanged(ref)
        case 1: DemoNotification.withIssues(ref)
        default: DemoNotification.created(ref, account: account)
        }
    }
}
