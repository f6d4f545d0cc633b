extension Emulator {
    func state() -> Value {
        with { world in
            let entities = world.views().map(\.value)
            return [
                "now_ms": .integer(world.clock.nowMs), "entities": .array(entities),
                "leads": .array(world.pages.leads.all.map { LeadView($0).value }),
                "comments": .array(world.pages.comments.all.map { CommentView($0, in: world.pages).value }),
            ]
        }
    }

    /// What the events edge took: evidence for tests.
    func events() -> Value {
        let ledger = with { $0.ledger }
        let totals = ledger.totals
        return [
            "events": .array(ledger.records.map { EventView($0).document }), "received": .integer(totals.received),
            "accepted": .integer(totals.accepted), "duplicates": .integer(totals.duplicates),
            "requests": .integer(totals.requests), "refused_requests": .integer(totals.refusedRequests),
            "refused_events": .integer(totals.refusedEvents),
        ]
    }

    /// The same by pages, one line for each event: `count` of them from the `from`th on, in the order in which they first came.
    ///
    /// `isBrief`: what it takes to say which one it is, and how often it came.
    func eventLines(from: Int, count: Int, isBrief: Bool) -> [String] {
        let records = with { world in
            world.ledger.records[min(max(0, from), world.ledger.records.count)...].prefix(max(0, count))
        }
        return records.map { record in (isBrief ? record.brief : EventView(record).document).encoded(.plain) }
    }

    /// What a data set refuses beside Meta's own reasons, from now on: `{id: 900, refuses: […]}`.
    func setDataset(_ entry: ScenarioEntry) throws(ScenarioError) {
        try entry.keys(among: ["id", "refuses"])
        let id = try entry.needed("id")
        let rules = try EventRule.list(entry["refuses"])
        try with { world throws(ScenarioError) in
            guard var dataset = world.pages.datasets[id] else { throw entry.fault("names no data set: \(id)") }
            dataset.rules = rules
            world.pages.datasets.set(dataset, id)
            world.note("dataset", [])
        }
    }

    /// Things of one kind, one or a list, up to the first that can't be; offsets count from now. Their ids.
    func add(_ kind: PageTree.Kind, _ entry: ScenarioEntry) throws(ScenarioError) -> [String] {
        let entries = entry.isList ? try entry.items() : [entry]
        return try with { world throws(ScenarioError) in
            var ids: [String] = []
            for entry in entries {
                ids.append(try world.pages.read(kind, entry, nowMs: world.clock.nowMs, ads: world.tree))
            }
            world.note("add", [])
            return ids
        }
    }

    /// The same with the lists of a scenario.
    func add(_ root: ScenarioEntry) throws(ScenarioError) -> [String] {
        try root.keys(among: Set(PageTree.Kind.allCases.map(\.rawValue)))
        return try with { world throws(ScenarioError) in
            let ids = try world.pages.read(root, nowMs: world.clock.nowMs, ads: world.tree)
            world.note("add", [])
            return ids
        }
    }

    func moveClock(_ entry: ScenarioEntry) throws(ScenarioError) {
        try entry.keys(among: ["advance_ms", "advance", "set", "frozen"])
        let frozen = try entry.flag("frozen")
        let setMs = try entry["set"]?.moment()
        let advanceMs = try entry["advance"]?.durationMs()
        let moreMs = try entry.integer("advance_ms")
        with { world in
            if let frozen { world.clock.freeze(frozen) }
            if let setMs { world.clock.set(ms: setMs) }
            world.clock.advance(ms: (advanceMs ?? 0) + (moreMs ?? 0))
            world.note("clock", [])
        }
    }

    func faultList() -> Value {
        with { world in
            .array(world.faults.map { ["name": .string($0.name), "matched": .integer($0.matched)] })
        }
    }

    /// One fault, or a list of them.
    func addFaults(_ entry: ScenarioEntry) throws(ScenarioError) {
        let entries = entry.isList ? try entry.items() : [entry]
        var number = with { $0.faults.count }
        var faults: [ScriptedFault] = []
        for entry in entries {
            number += 1
            faults.append(try ScriptedFault(entry, number: number))
        }
        with { world in
            let nowMs = world.clock.nowMs
            for index in faults.indices { faults[index].start(nowMs: nowMs) }
            world.faults += faults
            world.note("faults", [])
        }
    }

    func clearFaults() {
        with { world in
            world.faults = []
            world.note("faults", [])
        }
    }

    /// Rows as in the scenario; without a moment of their own they exist from now.
    func addInsights(_ entry: ScenarioEntry) throws(ScenarioError) {
        let tree = with { $0.tree }
        var rows: [RowText] = []
        for item in try entry.items() { rows.append(try RowText(item, tree: tree)) }
        with { world in
            let nowMs = world.clock.nowMs
            for row in rows.compactMap({ $0.row(in: tree, startMs: nowMs, defaultFromMs: nowMs) }) { world.store.add(row) }
            world.note("insights", [])
        }
    }

    /// A person's edit: no rules, no count.
    func edit(_ entry: ScenarioEntry) throws(ScenarioError) {
        let id = try entry.needed("id")
        if try editPages(id, entry) { return }
        guard let entity = with({ $0.tree[id] }) else { throw entry.fault("is about \(id), which isn't in any account") }
        var changes: [Change] = []
        for (field, value) in try entry.members() where field != "id" {
            let new = value.isNull ? nil : try value.text()
            changes.append(
                Change(id: id, level: entity.level.rawValue, field: field, old: Edit.current(field, entity), new: new))
        }
        with { world in
            world.apply(changes, nowMs: world.clock.nowMs, throughAPI: false)
            world.note("edit", changes)
        }
    }

    /// The same on a comment or a lead; false when it is about neither.
    private func editPages(_ id: String, _ entry: ScenarioEntry) throws(ScenarioError) -> Bool {
        try with { world throws(ScenarioError) in
            if var comment = world.pages.comments[id] {
                try entry.keys(among: ["id", "message", "is_hidden", "deleted", "can_hide", "can_reply_privately"])
                comment.message = try entry.text("message") ?? comment.message
                comment.isHidden = try entry.flag("is_hidden") ?? comment.isHidden
                comment.isDeleted = try entry.flag("deleted") ?? comment.isDeleted
                comment.canHide = try entry.flag("can_hide") ?? comment.canHide
                comment.canReplyPrivately = try entry.flag("can_reply_privately") ?? comment.canReplyPrivately
                world.pages.comments.set(comment, id)
            } else if var lead = world.pages.leads[id] {
                try entry.keys(among: ["id", "deleted", "unreadable_for"])
                lead.isDeleted = try entry.flag("deleted") ?? lead.isDeleted
                lead.unreadableReads = try entry.integer("unreadable_for") ?? lead.unreadableReads
                world.pages.leads.set(lead, id)
            } else {
                return false
            }
            world.note("edit", [])
            return true
        }
    }

    func setToken(_ entry: ScenarioEntry) throws(ScenarioError) {
        let name = try entry.needed("name")
        let states = KnownToken.State.allCases.map(\.rawValue)
        guard let state = try entry.choice("state", states).flatMap(KnownToken.State.init(rawValue:)) else {
            throw entry.fault("needs 'state'")
        }
        let found = with { world in
            guard let index = world.doorkeeper.tokens.firstIndex(where: { $0.name == name }) else { return false }
            world.doorkeeper.tokens[index].state = state
            world.note("token", [])
            return true
        }
        guard found else { throw entry.fault("names no token: \(name)") }
    }
}

extension World {
    /// A line of the log about something that was done from outside.
    mutating func note(_ op: String, _ changes: [Change]) {
        let n = log.number()
        let line: Value = [
            "kind": "control", "n": .integer(n), "at_ms": .integer(clock.nowMs), "wall_us": .integer(machineUs()),
            "op": .string(op), "changed": .array(changes.map(\.value)),
        ]
        log.append(line, n: n)
    }

    func views() -> [EntityView] {
        tree.order.compactMap { tree["act_\($0)"] }.flatMap { account in
            Level.allCases.flatMap { tree.descendants(of: account, at: $0) }
        }.map(view)
    }

    func view(_ entity: Entity) -> EntityView {
        EntityView(
            id: entity.id, level: entity.level.rawValue, account: entity.account, campaign: entity.campaign, adset: entity.adset,
            name: entity.name, status: entity.status, effectiveStatus: tree.effectiveStatus(of: entity),
            dailyBudget: entity.dailyBudgetMinor.map { String($0) }, lifetimeBudget: entity.lifetimeBudgetMinor.map { String($0) }
        )
    }
}
