/// What an account has ever reported: action types (`omni_purchase`), and those that came with a value (`value:omni_purchase`).
///
/// In a row without an action the account has reported before, that action is 0; of one it never reported, nothing is known.
package enum KnownActions {
    /// What `facts` add to what was known.
    package static func adding(_ facts: [Fact], to known: Set<String>) -> Set<String> {
        var known = known
        for fact in facts {
            for (type, action) in fact.actions {
                known.insert(type)
                if action.valueMinor != nil { known.insert(valueKey(type)) }
            }
        }
        return known
    }

    /// How "values of `type` have been reported" is spelled in the set.
    package static func valueKey(_ type: String) -> String { "value:\(type)" }
}
