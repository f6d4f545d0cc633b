extension Lead {
    /// `lead.received`, version 1: what a destination gets.
    ///
    /// Members are only ever added within a version. An object that is not known is null, a name that is not known too.
    package func document(workspace: String, receivedAtMs: Int64) -> JSON {
        [
            "type": "lead.received", "version": 1, "id": .string(leadID), "workspace": .string(workspace),
            "received_at": .string(UTCTime.text(ms: receivedAtMs)), "created_at": .string(UTCTime.text(ms: createdAtMs)),
            "lead_id": .string(leadID), "form": Self.json(form), "page": Self.json(page), "ad": Self.json(ad),
            "ad_set": Self.json(adset), "campaign": Self.json(campaign), "platform": .text(platform),
            "is_organic": isOrganic.map(JSON.bool) ?? .null, "test": .bool(isTest), "fields": answers,
            "consents": .array(consents.map { ["key": .string($0.key), "checked": .bool($0.isChecked)] }),
        ]
    }

    /// What a chat is told: ids, nothing that the person wrote.
    package func sentence(workspace: String) -> String {
        let form = form.map { " of form \($0.id)" } ?? ""
        let entity = entities.first.map { ", \($0.level.rawValue) \($0.id)" } ?? ""
        return "\(isTest ? "Test lead" : "Lead") \(leadID)\(form)\(entity) (\(workspace))"
    }

    /// Name to values; two questions with one name have their answers one after the other.
    private var answers: JSON {
        var object = JSONObject()
        for field in fields {
            object[field.name] = .array((object[field.name]?.items ?? []) + field.values.map(JSON.string))
        }
        return .object(object)
    }

    private static func json(_ named: NamedID?) -> JSON {
        named.map { ["id": .string($0.id), "name": .text($0.name)] } ?? .null
    }
}
