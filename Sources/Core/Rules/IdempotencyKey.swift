/// The canonical text of what makes an action the same as another; the caller hashes it.
///
/// `entity` is the decision's target. The same rule on the same evidence never acts twice; what else the action says, its destination for
/// example, keeps two actions of one rule apart. `own` are the figures of our own events, absent where no rule asked. Parts are written with their length, so that no two different lists give one text.
package func idempotencyKeyText(
    rule: String, version: String, entity: EntityRef, evidence: [Int64], own: [String] = [], action: RuleAction
) -> String {
    let ids = Set(evidence).sorted().map(String.init).joined(separator: ",")
    let parts = [rule, version, "\(entity.level.rawValue):\(entity.id)", ids, action.text] + Set(own).sorted()
    return parts.map { "\($0.utf8.count):\($0)" }.joined(separator: "|")
}
