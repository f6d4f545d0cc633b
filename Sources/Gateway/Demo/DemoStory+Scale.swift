import Core

extension DemoStory {
    /// The same three campaigns in four currencies, and a fourth that nobody touches.
    ///
    /// "ROAS > 3 and profit > 100 over seven days: a quarter more, at most 500": A goes to 250, C to 400, B stays. Then the same
    /// news again: three checked, two matched, nothing more on the same evidence.
    mutating func addScale() throws {
        let accounts: [(DemoMoney, String)] = [
            (DemoMoney(code: "EUR", offset: 100), "Europe/Warsaw"), (DemoMoney(code: "HUF", offset: 1), "Europe/Budapest"),
            (DemoMoney(code: "JPY", offset: 1), "Asia/Tokyo"), (DemoMoney(code: "JOD", offset: 100), "Asia/Amman"),
        ]
        for (money, timeZone) in accounts {
            var workspace = try newWorkspace("scale-\(money.code.lowercased())", money, in: [timeZone] + Self.fallbackTimeZones)
            // Figures are in hundredths: 78.13 EUR, and 7813 HUF, which have no hundredths.
            addScaled("A", spend: 7813, value: 32813, budget: 20000, to: &workspace)
            addScaled("B", spend: 4545, value: 9545, budget: 30000, to: &workspace)
            addScaled("C", spend: 4500, value: 22500, budget: 32000, to: &workspace)
            let touched = workspace.campaigns
            addScaled("D", spend: 1000, value: 90000, budget: 10000, to: &workspace)
            workspace.rules = [Self.scaleRule(workspace)]
            expectation.touch(workspace, touched)
            for (campaign, budget) in [(touched[0], "25000"), (touched[2], "40000")] {
                expectation.writes.insert(
                    .init(workspace: workspace.name, ref: campaign.ref, field: "daily_budget", value: budget))
            }
            addScaleNotices(workspace, touched)
            workspaces.append(workspace)
        }
    }

    private mutating func addScaleNotices(_ workspace: DemoWorkspace, _ touched: [DemoEntity]) {
        for act in ["first", "again"] {
            let body = DemoNotification.body(
                "ad_account",
                [
                    (
                        id: workspace.accountID, time: nextEntryTime(),
                        changes: touched.map {
                            DemoNotification.metricMoved($0.ref, account: workspace.accountID, metric: "roas", value: 4)
                        }
                    )
                ])
            let request = DemoRequest.signed("\(workspace.name)-\(act)", body, secret: keys.appSecret)
            add(request, changes: touched.count, second: act == "again")
            expectation.evaluations += touched.count
            expectation.matches += 2
        }
    }

    /// The figures are spread over days by dice; their sums are the ones given.
    private mutating func addScaled(_ name: String, spend: Int64, value: Int64, budget: Int64, to workspace: inout DemoWorkspace)
    {
        let campaign = DemoEntity(ref: EntityRef(.campaign, newID()), name: "Scale \(name)", dailyBudgetMinor: budget)
        workspace.campaigns.append(campaign)
        let days = draw(1...5)
        for day in 1...days {
            let first = day == 1
            var row = DemoRow(
                ref: campaign.ref, day: -Int(day), impressions: draw(1000...20000), clicks: draw(20...400),
                linkClicks: draw(10...19),
                reach: draw(500...999), spendMinor: spend / days + (first ? spend % days : 0))
            row.actions = ["omni_purchase": day, "purchase": day, "link_click": row.linkClicks]
            let part = value / days + (first ? value % days : 0)
            row.valuesMinor = ["omni_purchase": part, "purchase": part]
            workspace.rows.append(row)
        }
    }

    private static func scaleRule(_ workspace: DemoWorkspace) -> JSON {
        [
            "name": "scale-high-performers", "workspace": .string(workspace.name),
            "scope": ["level": "campaign", "accounts": .array([.string("act_\(workspace.accountID)")]), "status": "active"],
            "when": [
                "all": [
                    ["metric": "roas", "window": "last_7d", "is": "> 3"],
                    ["metric": "profit", "window": "last_7d", "is": .string("> \(workspace.money.major(10000))")],
                ]
            ],
            "then": [["adjust_budget": ["by": "+25%", "max": .number(workspace.money.major(50000))]]],
            "limits": ["actions_per_day": 10, "cooldown": "0s"], "mode": "active",
        ]
    }
}
