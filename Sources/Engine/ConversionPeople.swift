import Core

/// Whom a stored conversion is about, as erasure names people.
enum ConversionPeople {
    private static let hashed = ["em", "ph", "external_id"]
    private static let users = ["page_scoped_user_id", "ig_sid"]

    /// `em:<sha256>`, `ph:<sha256>`, `external_id:<sha256>`, `lead:<id>`, `user:<id>`.
    static func named(in event: JSON) -> [String] {
        let data = event["user_data"]
        let digests = hashed.flatMap { key in
            values(data?[key]).compactMap { $0.text }.filter { $0.utf8.count >= 64 }.map { "\(key):\(head(of: $0))" }
        }
        let leads = values(data?["lead_id"]).compactMap(\.id).map { "lead:\($0)" }
        return digests + leads + users.flatMap { values(data?[$0]).compactMap(\.id) }.map { "user:\($0)" }
    }

    /// The digest, without what is appended to it.
    private static func head(of text: String) -> String {
        (String(text.utf8.prefix(64)) ?? String(text.prefix(64))).lowercased()
    }

    private static func values(_ json: JSON?) -> [JSON] {
        guard let json else { return [] }
        if case .array(let items) = json { return items }
        return [json]
    }
}

extension Event {
    /// Its bytes may name a person: everything that somebody wrote, did or is.
    var mayNameAPerson: Bool {
        switch object {
        case "page", "instagram": field != "leadgen"
        case "user", "permissions", "whatsapp_business_account": true
        case _: false
        }
    }

    /// Who is named in the part of the delivery that it was made of.
    func people(in part: JSON) -> [String] {
        let named =
            ["from", "sender", "recipient"].compactMap { part[$0]?["id"]?.id } + [part["sender_id"]?.id].compactMap(\.self)
        let isUser = object == "user" || object == "permissions"
        return Set(named.filter { $0 != objectID } + (isUser ? [objectID] : [])).sorted().map { "user:\($0)" }
    }
}
