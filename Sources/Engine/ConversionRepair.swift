import Core
import GraphAPI

extension EventRepair {
    /// The event after the change; nil when there is nothing to change.
    func made(in event: JSON) -> JSON? {
        guard case .object(var object) = event else { return nil }
        switch self {
        case .dropUserKey(let key): drop(from: &object) { name, _ in name == key }
        case .dropUnhashed: drop(from: &object) { name, value in Self.isHashed.contains(name) && !Self.looksHashed(value) }
        case .dropAppData: object["app_data"] = nil
        case .renameLead:
            let isLead = object["event_name"]?.text == "Lead" && object["action_source"]?.text == "business_messaging"
            if isLead { object["event_name"] = "LeadSubmitted" }
        }
        let changed = JSON.object(object)
        return changed == event ? nil : changed
    }

    private func drop(from event: inout JSONObject, where isBad: (String, JSON) -> Bool) {
        guard case .object(let user)? = event["user_data"] else { return }
        event["user_data"] = .object(JSONObject(user.members.filter { !isBad($0.key, $0.value) }))
    }

    /// Match keys that Meta takes as hashes only.
    private static let isHashed: Set<String> = ["em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"]

    private static func looksHashed(_ value: JSON) -> Bool {
        let values = if case .array(let items) = value { items } else { [value] }
        return values.allSatisfy { $0.text.map { HashText($0) != nil } ?? false }
    }
}

extension EventsRefusal {
    /// What Meta said, with its numbers and the field that it names.
    var words: String {
        let numbers = "code \(code)" + (subcode.map { ", subcode \($0)" } ?? "")
        let place = path.flatMap { $0.split(separator: "]").last?.filter { $0.isLetter || $0 == "_" } }
        let field = place ?? key
        return "\(reason.sentence) (Meta: \(numbers)\(field.map { ", field \($0)" } ?? ""))"
    }

    /// Where in the event: the path that Meta names, or the match key, else what its number is about. Nil where none of them tells.
    var placeInEvent: String? {
        if let path { return path }
        if let key { return "$['user_data']['\(key)']" }
        return switch subcode {
        case 2_804_001: "$['user_data']['fbc']"
        case 2_804_003, 2_804_004: "$['event_time']"
        case 2_804_009: "$['custom_data']['value']"
        case 2_804_016, 2_804_050, 2_804_069, 2_804_079, 2_804_116: "$['user_data']"
        case 2_804_023: "$['custom_data']['currency']"
        case 2_804_030: "$['data_processing_options']"
        case 2_804_036: "$['user_data']['lead_id']"
        case 2_804_043: "$['app_data']"
        case 2_804_066: "$['event_name']"
        case 2_804_087: "$['user_data']['ctwa_clid']"
        case _: nil
        }
    }

    /// Why this one event is refused. `repair`: what was changed in it before, in vain.
    func forOne(after repair: Reason?) -> Reason {
        let before = repair.map { " Before: \($0.sentence)" } ?? ""
        return Reason(reason.code, words + before, remedy: reason.remedy)
    }

    /// Why a whole dataset is held.
    var forAll: Reason {
        Reason(
            "dataset_refuses", "Meta refuses one event of the dataset after the other: \(words)",
            remedy: isOfSetup
                ? "Complete the ids of the Page or account, at Meta or in what sends the events; held events then go out."
                : "Look at the dataset in Events Manager and at what sends the events; held events then go out.")
    }

    /// Two refusals for the same cause, of whichever event.
    func isLike(_ other: EventsRefusal) -> Bool {
        func keys(_ path: String?) -> String? { path?.filter { !$0.isNumber } }
        return code == other.code && subcode == other.subcode && keys(path) == keys(other.path)
    }
}
