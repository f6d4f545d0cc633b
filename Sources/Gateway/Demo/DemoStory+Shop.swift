import Core
import Signing

extension DemoStory {
    /// What a shop's purchases must add up to.
    private struct Goal {
        /// Revenue per spend, in tenths.
        let tenths: Int64
        let revenueMinor: Int64
        /// Of the other ad: one cent too little for every rule.
        let otherMinor: Int64
    }

    /// A shop whose backend sends conversions. One ad's purchases come to exactly what two rules ask for: by the URL, in a batch, and
    /// in the second act by the click alone. Another ad's are a cent short; one of them came without consent.
    mutating func addShop(_ vectors: DemoVectors) throws {
        var workspace = try newWorkspace(
            "shop", DemoMoney(code: "EUR", offset: 100), in: ["Europe/Paris"] + Self.fallbackTimeZones)
        let ads = ["S", "T", "U"].map { addFormCampaign("Shop \($0)", to: &workspace) }
        let spend = workspace.rows(of: ads[0]).reduce(0) { $0 + $1.spendMinor }
        let tenths = draw(11...60)
        // Rows' spend is brought to whole tens, so that the ratio is met exactly.
        if let place = workspace.rows.firstIndex(where: { $0.ref == ads[0].ref }) {
            workspace.rows[place].spendMinor += 10 - spend % 10
        }
        let other = workspace.rows(of: ads[1]).reduce(0) { $0 + $1.spendMinor }
        let revenue = (spend + 10 - spend % 10) / 10 * tenths
        let goal = Goal(tenths: tenths, revenueMinor: revenue, otherMinor: min(revenue, other * tenths / 10) - 1)
        workspace.rules = shopRules(workspace, goal)
        let source = DemoSource(
            name: "shop", workspace: workspace.name, dataset: String(draw(100_000_000_000_000...999_999_999_999_999)),
            token: keys.shopToken,
            secret: keys.shopSecret)
        sources.append(source)
        expectation.touch(workspace, [ads[0], ads[1]].flatMap(workspace.lineage))
        expectation.own(workspace, "sold-enough", ads[0].ref, "status", "PAUSED")
        let budget = workspace.campaigns[0].dailyBudgetMinor ?? 0
        expectation.own(workspace, "grow-own-roas", workspace.campaigns[0].ref, "daily_budget", String(budget * 110 / 100))
        addSales(source, vectors, goal, ads)
        workspaces.append(workspace)
    }

    private func shopRules(_ workspace: DemoWorkspace, _ goal: Goal) -> [JSON] {
        let roas = "\(goal.tenths / 10).\(goal.tenths % 10)"
        return [
            workspace.ownRule("sold-enough", .ad, "own.revenue", ">= \(workspace.money.major(goal.revenueMinor))", then: "pause"),
            workspace.ownRule("grow-own-roas", .campaign, "own.roas", ">= \(roas)", then: ["adjust_budget": ["by": "+10%"]]),
            workspace.ownRule("sold-more", .campaign, "own.roas", "> \(roas)", then: "pause"),
        ]
    }

    private mutating func addSales(_ source: DemoSource, _ vectors: DemoVectors, _ goal: Goal, _ ads: [DemoEntity]) {
        let click = "IwAR\(draw(100...999))-\(newLeadID())_Zz"
        let first = goal.revenueMinor * draw(20...40) / 100
        let second = goal.revenueMinor * draw(20...40) / 100
        let (urlA, urlB) = (
            "https://shop.example/danke?ad_id=\(ads[0].ref.id)", "https://shop.example/danke?utm_content=\(ads[1].ref.id)"
        )
        let opening = purchase(vectors, first, url: "\(urlA)&fbclid=\(click)")
        let inBatch = purchase(vectors, second, url: "https://shop.example/danke?utm_source=fb&utm_content=\(ads[0].ref.id)")
        let part = goal.otherMinor * draw(20...80) / 100
        let elsewhere = purchase(vectors, part, url: urlB)
        let silent = purchase(vectors, goal.otherMinor - part, url: urlB, consent: false)
        let byClick = purchase(
            vectors, goal.revenueMinor - first - second, url: "https://shop.example/danke",
            user: [("fbc", .string("fb.1.\(nowMs - 60_000).\(click)"))])
        let cart = conversion("AddToCart", vectors, url: "https://shop.example/cart")
        let hashed = conversion(
            "Contact", vectors, url: "https://shop.example/contact", user: [("em", .string(SHA256.hex(Array(newLeadID().utf8))))])
        let access = shuffled(DemoSource.Access.allCases)
        take(source.request("shop-single", .array([opening]), access[0], nowMs: nowMs), events: 1)
        take(
            source.request("shop-batch", .array(shuffled([inBatch, elsewhere, cart, hashed])), access[1], nowMs: nowMs), events: 4
        )
        take(source.request("shop-without-consent", .array([silent]), access[2], nowMs: nowMs), events: 1)
        // A data that is a text of JSON, with the same purchase and one more.
        let text = JSON.array([conversion("ViewContent", vectors, url: "https://shop.example/item"), opening]).encoded()
        take(source.request("shop-again-as-text", .string(text), access[0], nowMs: nowMs), events: 2, duplicates: 1)
        take(
            source.request("shop-second-act", .array(shuffled([byClick, inBatch, hashed])), access[1], nowMs: nowMs), events: 3,
            duplicates: 2,
            second: true)
        expectation.conversions += 8
        expectation.leftOut += 1
        expectation.ownEvents += 5
        refuseSales(source, vectors, of: ads[0])
        captured.sale = opening
        captured.ad = ads[2]
    }

    /// A stage of a lead, told by the CRM in the second act, when the lead is known: a sale that names nothing but the lead.
    mutating func addStages(_ vectors: DemoVectors) {
        guard let lead = leads.first(where: { $0.ad != nil && !$0.isTest }) else { return }
        let source = DemoSource(
            name: "stages", workspace: "leads", dataset: String(draw(100_000_000_000_000...999_999_999_999_999)),
            token: keys.stagesToken,
            secret: keys.stagesSecret)
        sources.append(source)
        let event: JSON = [
            "event_name": "Purchase", "event_time": .integer(nowMs / 1_000 - draw(60...500)),
            "event_id": .string("deal-\(newLeadID())"),
            "action_source": "system_generated", "user_data": ["lead_id": .number(lead.id)],
            "custom_data": [
                "value": .number("\(draw(100...9000)).50"), "currency": "EUR", "consent": "granted",
                "lead_event_source": "Demo CRM",
                "event_source": "crm",
            ],
        ]
        take(source.request("stages-by-lead", .array([event]), .body, nowMs: nowMs), events: 1, second: true)
        expectation.conversions += 1
        expectation.ownEvents += 1
    }

    // MARK: requests

    private mutating func take(_ request: DemoRequest, events: Int, duplicates: Int = 0, second: Bool = false) {
        add(request, changes: events, duplicates: duplicates, second: second)
    }

    /// Requests of which nothing may be kept: each would be a sale of the first ad, and tip its rules.
    private mutating func refuseSales(_ source: DemoSource, _ vectors: DemoVectors, of ad: DemoEntity) {
        func sale(_ change: (inout JSONObject) -> Void) -> JSON {
            let url = "https://shop.example/danke?ad_id=\(ad.ref.id)"
            guard case .object(var event) = purchase(vectors, 10_000, url: url) else { return .null }
            change(&event)
            return .array([.object(event)])
        }
        func user(_ event: inout JSONObject, _ key: String, _ value: JSON) {
            guard case .object(var user)? = event["user_data"] else { return }
            user[key] = value
            event["user_data"] = .object(user)
        }
        let good = sale { _ in }
        let nowMs = nowMs
        func refuse(_ name: String, _ events: JSON, _ status: Int, _ changing: (inout DemoSource.Proof) -> Void = { _ in }) {
            var request = source.request(name, events, .body, nowMs: nowMs, changing: changing)
            request = request.expecting(status)
            expectation.refused += 1
            expectation.refusedSales += 1
            firstAct.append(request)
        }
        refuse("shop-wrong-secret", good, 400) { $0.secret = "not-the-secret" }
        refuse("shop-unknown-token", good, 401) { $0.token = "not-the-token-of-anybody" }
        refuse("shop-foreign-dataset", good, 400) { $0.dataset = "1" + source.dataset.dropFirst() + "1" }
        refuse("shop-raw-address", sale { user(&$0, "email", "raw.person@example.net") }, 400)
        refuse("shop-raw-name-inside", sale { $0["custom_data"] = ["value": 10, "currency": "EUR", "first_name": "Raw"] }, 400)
        refuse("shop-of-2012", sale { $0["event_time"] = 1_340_000_000 }, 400)
        refuse("shop-in-milliseconds", sale { $0["event_time"] = .integer(nowMs) }, 400)
        refuse("shop-of-tomorrow", sale { $0["event_time"] = .integer(nowMs / 1_000 + 86_400) }, 400)
        refuse("shop-without-a-name", sale { $0["event_name"] = .null }, 400)
    }

    // MARK: events

    private mutating func purchase(
        _ vectors: DemoVectors, _ minor: Int64, url: String, consent: Bool = true, user: [(key: String, value: JSON)] = []
    ) -> JSON {
        let value = DemoMoney(code: "EUR", offset: 100).major(minor)
        return conversion(
            "Purchase", vectors, url: url, consent: consent, user: user,
            custom: [("value", chance(50) ? .number(value) : .string(value)), ("currency", "EUR")])
    }

    /// An event about one drawn person: an address of its own, and raw values of the reference vectors.
    mutating func conversion(
        _ name: String, _ vectors: DemoVectors, url: String, consent: Bool = true, user: [(key: String, value: JSON)] = [],
        custom: [(key: String, value: JSON)] = []
    ) -> JSON {
        let person = DemoPerson.drawn(from: &self)
        var data = JSONObject([
            .init(key: "em", value: .string("  \(person.email.uppercased()) ")),
            .init(key: "external_id", value: .string("C-\(newLeadID())")),
            .init(key: "client_user_agent", value: "Mozilla/5.0 (X11; Linux x86_64)"),
        ])
        for field in shuffled(DemoVectors.fields).prefix(Int(draw(3...8))) {
            let raw = JSON.string(vectors.raw(field, draw(0...9_999)))
            data[field] = chance(30) ? .array([raw]) : raw
        }
        for member in user { data[member.key] = member.value }
        let fields = custom + [("consent", consent ? "granted" : "denied")]
        return [
            "event_name": .string(name), "event_time": .integer(nowMs / 1_000 - draw(60...500)),
            "event_id": .string("order-\(newLeadID())"), "action_source": "website", "event_source_url": .string(url),
            "user_data": .object(data), "custom_data": .object(JSONObject(fields.map { .init(key: $0.0, value: $0.1) })),
        ]
    }
}
