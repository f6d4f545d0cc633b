extension Fact {
    /// The actions for a database column: sorted by type, so that equal actions are equal texts.
    ///
    /// `{"link_click":{"count":80},"omni_purchase":{"count":3,"value":32813}}`; values are minor units.
    package var actionsText: String {
        let members = actions.map { type, action in
            var inner = JSONObject([.init(key: "count", value: .number(action.count.text))])
            inner["value"] = action.valueMinor.map(JSON.integer)
            return JSONObject.Member(key: type, value: .object(inner))
        }
        return JSON.object(JSONObject(members)).encoded(sortedKeys: true)
    }

    /// Reads what `actionsText` wrote.
    package static func actions(from text: String) throws(InsightError) -> [String: ActionCount] {
        guard let json = try? JSON.parse(text.utf8), case .object(let object) = json else { throw .storedActions }
        var actions: [String: ActionCount] = [:]
        for member in object.members {
            guard case .number(let token)? = member.value["count"], let count = Scaled(text: token) else { throw .storedActions }
            let value = member.value["value"]
            guard value == nil || value?.integer != nil else { throw .storedActions }
            actions[member.key] = ActionCount(count: count, valueMinor: value?.integer)
        }
        return actions
    }
}
