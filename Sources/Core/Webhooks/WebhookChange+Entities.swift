extension WebhookChange {
    /// The ads, ad sets, campaigns and accounts that the change names with their level, each once.
    ///
    /// None for the ids of tests (`0`), for creatives, and for ids whose level the event does not tell
    /// (`ad_recommendations`).
    var entities: [EntityRef] {
        if case .unreadable = shape { return [] }
        let named = named
        guard named.count > 1 else { return named }
        var seen: Set<EntityRef> = []
        return named.filter { seen.insert($0).inserted }
    }

    /// The ad account, without `act_`: the entry's own, else the one in the value.
    var accountID: String? {
        let own = object == "ad_account" ? JSON.string(entry.id).entityID : nil
        let named = value["account_id"]?.entityID ?? value["ad_account_id"]?.entityID
        return own ?? named ?? (isAccountState ? value["id"]?.entityID : nil)
    }

    /// Whether it says that a metric moved: a `subscriptions` push with a metric and its value, or a push of the rules engine
    /// that statistics triggered.
    var metricMoved: Bool {
        switch (object, field) {
        case ("ad_account", "subscriptions"):
            guard let name = value["field"]?.text, let current = value["current_value"], !current.isNull else { return false }
            return !Self.isMetadata(name.lowercased())
        case ("application", "ads_rules_engine"):
            return value["trigger_type"]?.text?.uppercased().hasPrefix("STATS_") == true
        default: return false
        }
    }

    /// The creative that an issue or a state is about.
    var creativeID: String? { value["level"]?.text?.uppercased() == "CREATIVE" ? value["id"]?.entityID : nil }

    private var isAccountState: Bool { object == "application" && field == "ad_account" }

    /// Meta's members that name an advertising object: `ad_id` (old: `adgroup_id`), `object_id` + `object_type`, `id` + `level`,
    /// a referral.
    private var named: [EntityRef] {
        if isAccountState { return value["id"]?.entityID.map { [EntityRef(.account, $0)] } ?? [] }
        var ads = [value["ad_id"]?.entityID ?? value["adgroup_id"]?.entityID]
        if object == "instagram" { ads.append(value["media"]?["ad_id"]?.entityID) }
        if case .message = shape { ads += referrals }
        if object == "whatsapp_business_account" { ads += sources }
        let pairs = [(value["object_id"], value["object_type"]), (value["id"], value["level"])]
        return ads.compactMap { $0.map { EntityRef(.ad, $0) } }
            + pairs.compactMap { id, level in
                guard let id = id?.entityID, let level = level?.text.flatMap(EntityLevel.init(spelling:)) else { return nil }
                return EntityRef(level, id)
            }
    }

    /// Click-to-message ads of Messenger and Instagram.
    private var referrals: [String?] {
        [value["referral"], value["message"]?["referral"], value["postback"]?["referral"]].map { $0?["ad_id"]?.entityID }
    }

    /// Click-to-message ads of WhatsApp.
    private var sources: [String?] {
        (value["messages"]?.items ?? []).compactMap { message in
            message["referral"]?["source_type"]?.text == "ad" ? message["referral"]?["source_id"]?.entityID : nil
        }
    }

    /// Fields of an object itself, not of its insights; a field that we don't know counts as a metric: that costs a read at most.
    private static func isMetadata(_ field: String) -> Bool {
        metadata.contains(field) || ["_budget", "_time", "_status", "_id", "_ids"].contains { field.hasSuffix($0) }
    }

    private static let metadata: Set<String> = [
        "name", "status", "objective", "optimization_goal", "buying_type", "billing_event", "is_autobid", "spend_cap",
        "bid_amount", "bid_strategy", "targeting", "creative",
    ]
}

extension EntityLevel {
    /// In any of the spellings of Meta's webhooks: `AD_SET`, `adset`, `ADSET`; nil for creatives and unknown words.
    package init?(spelling: String) {
        switch spelling.lowercased() {
        case "account", "ad_account": self = .account
        case "campaign": self = .campaign
        case "adset", "ad_set": self = .adset
        case "ad": self = .ad
        default: return nil
        }
    }
}

extension JSON {
    /// The id of an advertising object: 1 to 32 digits, not all zero; `act_` is taken off.
    var entityID: String? {
        guard let id = id?.withoutAccountPrefix, (1...32).contains(id.utf8.count) else { return nil }
        guard id.utf8.allSatisfy({ (0x30...0x39).contains($0) }), id.utf8.contains(where: { $0 != 0x30 }) else { return nil }
        return id
    }
}
