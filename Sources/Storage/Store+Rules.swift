package import Core

/// One evaluation of one rule for one entity: what it saw and what it came to.
package struct RuleExecution: Sendable, Equatable {
    package let id: Int64
    package let workspace: String
    package let rule: String
    package let version: String
    package let ref: EntityRef
    package let accountID: String
    package let atMs: Int64
    /// `true`, `false` or `unknown: …`.
    package let truth: String
    /// JSON: every operand with its path, values and truth.
    package let operands: String
    /// Ids of the facts looked at.
    package let evidence: [Int64]
    /// JSON: what was decided, and why not where nothing was.
    package let decisions: String
    package let firstEventID: Int64?
    package let lastEventID: Int64?
    package let reason: String?

    package init(
        id: Int64, workspace: String, rule: String, version: String, ref: EntityRef, accountID: String, atMs: Int64,
        truth: String,
        operands: String, evidence: [Int64], decisions: String, firstEventID: Int64?, lastEventID: Int64?, reason: String?
    ) {
        self.id = id
        self.workspace = workspace
        self.rule = rule
        self.version = version
        self.ref = ref
        self.accountID = accountID
        self.atMs = atMs
        self.truth = truth
        self.operands = operands
        self.evidence = evidence
        self.decisions = decisions
        self.firstEventID = firstEventID
        self.lastEventID = lastEventID
        self.reason = reason
    }
}

extension Transaction {
    /// Keeps the text of a rule's version, so that an action of long ago can still show its rule.
    package func storeRule(workspace: String, name: String, version: String, text: String, mode: String, nowMs: Int64)
        throws(StoreError)
    {
        try run(
            """
            INSERT INTO rules (workspace_id, name, version, text, mode, seen_at)
            VALUES (\(workspace), \(name), \(version), \(text), \(mode), \(nowMs))
            ON CONFLICT (workspace_id, name, version) DO UPDATE SET seen_at = excluded.seen_at
            """)
    }

    /// The text of a rule's version; nil when it was never loaded here.
    package func ruleText(workspace: String, name: String, version: String) throws(StoreError) -> String? {
        try run("SELECT text FROM rules WHERE workspace_id = \(workspace) AND name = \(name) AND version = \(version)").first
            .map { row throws(StoreError) in try row.text("text") }
    }

    package func insertExecution(_ execution: RuleExecution) throws(StoreError) {
        let evidence = JSON.array(execution.evidence.map { .integer($0) }).encoded()
        try run(
            """
            INSERT INTO rule_executions (id, workspace_id, rule, version, level, entity_id, account_id, at, truth, operands, evidence, decisions,
                first_event_id, last_event_id, reason)
            VALUES (\(execution.id), \(execution.workspace), \(execution.rule), \(execution.version), \(execution.ref.level.rawValue),
                \(execution.ref.id), \(execution.accountID), \(execution.atMs), \(execution.truth), \(execution.operands), \(evidence),
                \(execution.decisions), \(execution.firstEventID), \(execution.lastEventID), \(execution.reason))
            """)
    }

    package func execution(_ id: Int64) throws(StoreError) -> RuleExecution? {
        try run("SELECT * FROM rule_executions WHERE id = \(id)").first.map { row throws(StoreError) in
            let evidence: [Int64]
            do {
                evidence = try JSON.parse(Array(try row.text("evidence").utf8)).items.compactMap(\.integer)
            } catch let error as StoreError {
                throw error
            } catch {
                throw .column(name: "evidence", problem: "is no JSON list")
            }
            return RuleExecution(
                id: id, workspace: try row.text("workspace_id"), rule: try row.text("rule"), version: try row.text("version"),
                ref: EntityRef(try row.level("level"), try row.text("entity_id")), accountID: try row.text("account_id"),
                atMs: try row.int64("at"), truth: try row.text("truth"), operands: try row.text("operands"), evidence: evidence,
                decisions: try row.text("decisions"), firstEventID: try row.int64OrNil("first_event_id"),
                lastEventID: try row.int64OrNil("last_event_id"), reason: try row.textOrNil("reason"))
        }
    }
}
