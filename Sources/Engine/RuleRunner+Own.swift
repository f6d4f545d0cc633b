import Core
import Storage

/// Entities that events of our own count for, with those events.
struct CountedEntities: Sendable {
    private(set) var byWorkspace: [String: [EntityRef: ClosedRange<Int64>]] = [:]

    mutating func add(_ refs: [EntityRef], workspace: String, eventID: Int64) {
        for ref in refs {
            let known = byWorkspace[workspace]?[ref]
            byWorkspace[workspace, default: [:]][ref] =
                min(known?.lowerBound ?? eventID, eventID)...max(known?.upperBound ?? eventID, eventID)
        }
    }
}

extension RuleRunner {
    /// Evaluates, from the figures last read, the rules on our own figures: a lead that came in need not wait for Meta.
    ///
    /// An entity that is being read, or is to be read now, is left to that reading; one that was never read has nothing to decide from
    /// until its touch reads it.
    func evaluateOwn(_ counted: CountedEntities, workspaces: WorkspaceIndex, in transaction: Transaction, nowMs: Int64) throws {
        for (name, entities) in counted.byWorkspace.sorted(by: { $0.key < $1.key }) {
            guard let workspace = workspaces[name], EntityLevel.allCases.contains(where: { usesOwn(workspace: name, level: $0) })
            else { continue }
            var causes: [EntityRef: ClosedRange<Int64>] = entities
            for (ref, events) in entities {
                for parent in try transaction.parents(of: ref, workspace: name) {
                    let known = causes[parent] ?? events
                    causes[parent] = min(known.lowerBound, events.lowerBound)...max(known.upperBound, events.upperBound)
                }
            }
            for (ref, events) in causes.sorted(by: { $0.key < $1.key }) where usesOwn(workspace: name, level: ref.level) {
                try evaluateOwn(ref, events, workspace: workspace, in: transaction, nowMs: nowMs)
            }
        }
    }

    private func evaluateOwn(
        _ ref: EntityRef, _ events: ClosedRange<Int64>, workspace: Workspace, in transaction: Transaction, nowMs: Int64
    ) throws {
        guard let row = try transaction.touched(workspace: workspace.name, ref: ref, nowMs: nowMs),
            let readAtMs = row.lastReadAtMs,
            !row.isLeased, !(row.state == .open && row.dueAtMs <= nowMs),
            let entity = try transaction.entity(ref, workspace: workspace.name),
            let account = try transaction.account(entity.accountID, workspace: workspace.name),
            AccountTimeZone(name: account.timezone) != nil  // the next reading says that it is unknown
        else { return }
        let cause = RuleCause(ref: ref, firstEventID: events.lowerBound, lastEventID: events.upperBound, readAtMs: readAtMs)
        try evaluate(
            [cause], entities: [ref: entity], account: account, workspace: workspace, ownOnly: true, in: transaction, nowMs: nowMs
        )
    }
}

extension Transaction {
    /// What `entities` knows above an ad or ad set.
    fileprivate func parents(of ref: EntityRef, workspace: String) throws -> [EntityRef] {
        try entity(ref, workspace: workspace)?.parents ?? []
    }
}
