extension Emulator {
    func state() -> Value {
        with { world in
            let entities = world.views().map(\.value)
            return ["now_ms": .integer(world.clock.nowMs), "entities": .array(entities)]
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
