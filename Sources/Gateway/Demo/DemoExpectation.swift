import Core

/// What must be seen when the story was played to its end; counted while it is written, from the story alone.
struct DemoExpectation: Sendable {
    /// A value that the gateway must have written, once.
    struct Write: Sendable, Hashable {
        let workspace: String
        let ref: EntityRef
        let field: String
        let value: String
    }

    var accepted = 0
    var refused = 0
    /// Events and duplicates together; which of two is the duplicate depends on the order of storing, the sum does not.
    var changes = 0
    var duplicates = 0
    var unrouted = 0
    var undecodable = 0
    /// `workspace/level/id`.
    var touched: Set<String> = []
    /// Source rows that had to be read for what was touched, `workspace/level/id/day…day`.
    var facts: Set<String> = []
    /// Evaluations of rules on Meta's figures; rules on our own are evaluated as often as something comes in.
    var evaluations = 0
    var matches = 0
    var writes: Set<Write> = []
    /// Entities for which a rule on our own figures ends as true, `workspace/rule/id`.
    var ownTruths: Set<String> = []
    var leads = 0
    /// At the destination, each once.
    var sentLeads: Set<String> = []
    /// States of comments in their order.
    var states: [String: [String]] = [:]
    var hidden: Set<String> = []
    var answered: Set<String> = []
    var conversions = 0
    var leftOut = 0
    var refusedSales = 0
    /// Rows of our own figures: one per event and ad.
    var ownEvents = 0
    var replayed = 0
    /// Decisions that are recorded and not carried out.
    var wouldWrites = 0

    /// A rule on our own figures that acts.
    mutating func own(_ workspace: DemoWorkspace, _ rule: String, _ ref: EntityRef, _ field: String, _ value: String) {
        ownTruths.insert("\(workspace.name)/\(rule)/\(ref.id)")
        writes.insert(Write(workspace: workspace.name, ref: ref, field: field, value: value))
    }

    mutating func touch(_ workspace: DemoWorkspace, _ entities: [DemoEntity]) {
        for entity in entities {
            touched.insert("\(workspace.name)/\(entity.ref.level.rawValue)/\(entity.ref.id)")
            for row in workspace.rows(of: entity) where (-7...0).contains(row.day) {
                facts.insert("\(workspace.name)/\(entity.ref.level.rawValue)/\(entity.ref.id)/\(row.day)…\(row.day)")
            }
        }
    }
}
