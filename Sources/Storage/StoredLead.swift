package import Core

/// Where a lead is on its way to its destinations: the message that most needs a person comes first.
package enum LeadState: String, Sendable, CaseIterable {
    case dead, held, open, forwarded
    /// Nothing of it is in the outbox.
    case stored
    case erased
}

/// A lead as stored.
package struct StoredLead: Sendable, Equatable {
    /// Of the event that it was first read for.
    package let id: Int64
    package let workspace: String
    package let leadID: String
    package let formID: String?
    package let pageID: String?
    package let adID: String?
    package let adsetID: String?
    package let campaignID: String?
    package let accountID: String?
    package let platform: String?
    package let isOrganic: Bool?
    package let isTest: Bool
    package let createdAtMs: Int64
    /// When it was last read.
    package let fetchedAtMs: Int64
    package let erasedAtMs: Int64?
    package let state: LeadState
    /// Of the message that the state is of.
    package let reason: String?
    /// With its answers and names; nil when they were erased or do not open any more.
    package private(set) var lead: Lead?

    /// `answers`: what was sealed, opened.
    init(_ row: Row, answers: [UInt8]?) throws(StoreError) {
        id = try row.int64("id")
        workspace = try row.text("workspace_id")
        leadID = try row.text("lead_id")
        formID = try row.textOrNil("form_id")
        pageID = try row.textOrNil("page_id")
        adID = try row.textOrNil("ad_id")
        adsetID = try row.textOrNil("adset_id")
        campaignID = try row.textOrNil("campaign_id")
        accountID = try row.textOrNil("account_id")
        platform = try row.textOrNil("platform")
        isOrganic = try row.int64OrNil("is_organic").map { $0 != 0 }
        isTest = try row.bool("is_test")
        createdAtMs = try row.int64("created_at")
        fetchedAtMs = try row.int64("fetched_at")
        erasedAtMs = try row.int64OrNil("erased_at")
        state = try row.choice("lead_state", LeadState.self)
        reason = try row.textOrNil("lead_reason")
        lead = answers.flatMap { JSON.sealed($0) }.map { whole($0) }
    }

    /// The answers, of what was sealed, opened.
    static func fields(_ answers: [UInt8]) -> [LeadField] { JSON.sealed(answers).map { fields($0) } ?? [] }

    private static func fields(_ answers: JSON) -> [LeadField] { (answers["fields"]?.items ?? []).compactMap(LeadField.init) }

    private func whole(_ answers: JSON) -> Lead {
        func named(_ id: String?, _ key: String) -> NamedID? { id.map { NamedID($0, name: answers["names"]?[key]?.text) } }
        return Lead(
            leadID: leadID, createdAtMs: createdAtMs, form: named(formID, "form"), page: named(pageID, "page"),
            ad: named(adID, "ad"), adset: named(adsetID, "adset"), campaign: named(campaignID, "campaign"), platform: platform,
            isOrganic: isOrganic, isTest: isTest, fields: Self.fields(answers),
            consents: (answers["consents"]?.items ?? []).compactMap(LeadConsent.init))
    }
}

extension Lead {
    /// What is sealed of a lead: answers, consents and names.
    var answers: [UInt8] {
        let named = [("form", form), ("page", page), ("ad", ad), ("adset", adset), ("campaign", campaign)]
        let names = named.compactMap { key, id in id?.name.map { JSONObject.Member(key: key, value: .string($0)) } }
        let document: JSON = [
            "fields": .array(
                fields.map { ["name": .string($0.name), "key": .string($0.key), "values": .array($0.values.map(JSON.string))] }),
            "consents": .array(consents.map { ["key": .string($0.key), "checked": .bool($0.isChecked)] }),
            "names": .object(JSONObject(names)),
        ]
        return document.bytes()
    }
}

extension LeadField {
    fileprivate init?(_ json: JSON) {
        guard let name = json["name"]?.text, let key = json["key"]?.text else { return nil }
        self.init(name: name, key: key, values: (json["values"]?.items ?? []).compactMap(\.text))
    }
}

extension LeadConsent {
    fileprivate init?(_ json: JSON) {
        guard let key = json["key"]?.text, let isChecked = json["checked"]?.truth else { return nil }
        self.init(key: key, isChecked: isChecked)
    }
}

extension JSON {
    /// A document that this program wrote and sealed; nil for anything else.
    static func sealed(_ bytes: [UInt8]) -> JSON? {
        do throws(JSONError) {
            return try parse(bytes)
        } catch {
            return nil
        }
    }
}
