import Core

/// A lead of the demo's scenario, with what its notifications say of it.
struct DemoLead: Sendable {
    let id: String
    let page: String
    let form: String
    /// The ad that it came from; nil: from a post of the Page.
    var ad: String?
    /// In seconds since 1970.
    let createdAt: Int64
    var answers: [(key: String, value: String)]
    var consents: [(key: String, isChecked: Bool)] = []
    var platform = "fb"
    var isTest = false
    /// Reads that it can't be seen by.
    var unreadableReads = 0

    /// As the emulator's scenario writes it.
    var scenario: JSON {
        var out = JSONObject([
            .init(key: "id", value: .string(id)), .init(key: "form", value: .string(form)),
            .init(key: "created", value: .integer(createdAt)), .init(key: "platform", value: .string(platform)),
            .init(key: "is_organic", value: .bool(ad == nil)), .init(key: "test", value: .bool(isTest)),
            .init(
                key: "fields",
                value: .array(answers.map { ["name": .string($0.key), "values": .array([.string($0.value)])] })),
            .init(
                key: "consents",
                value: .array(consents.map { ["checkbox_key": .string($0.key), "is_checked": .bool($0.isChecked)] })),
            .init(key: "unreadable_for", value: .integer(unreadableReads)),
        ])
        if let ad { out["ad"] = .string(ad) }
        return .object(out)
    }

    /// How a notification writes its ids.
    enum Spelling: CaseIterable {
        case texts, numbers
        /// With `adgroup_id`, the old name of the ad, alone.
        case oldName
    }

    /// What a notification tells of it. Tests and organic leads name the ad 0.
    func change(_ spelling: Spelling) -> JSON {
        let write: (String) -> JSON = { spelling == .numbers ? .number($0) : .string($0) }
        let ad = write(isTest ? "0" : ad ?? "0")
        var value = JSONObject([
            .init(key: "leadgen_id", value: write(id)), .init(key: "page_id", value: write(page)),
            .init(key: "form_id", value: write(form)), .init(key: "adgroup_id", value: ad),
        ])
        if spelling != .oldName { value["ad_id"] = ad }
        value["created_time"] = .integer(createdAt)
        return ["field": "leadgen", "value": .object(value)]
    }
}
