/// What a stored conversion says about the ad behind it. Ids that may not exist: they count when an entity has them.
package struct AttributionHints: Sendable, Equatable {
    package let adIDs: [String]
    package let adsetIDs: [String]
    package let campaignIDs: [String]
    /// The lead of Meta's from which the customer came.
    package let leadID: String?
    /// The click id; kept and compared as a digest only. Case-sensitive, its appendix taken off.
    package let clickDigestInput: String?

    /// What a query calls the ids of ads, ad sets and campaigns where it means nothing else by it; in small letters.
    static let idNames: Set<String> = ["ad_id", "hsa_ad", "adset_id", "hsa_grp", "campaign_id", "hsa_cam"]

    /// Ids of one level: a URL names one or two.
    private static let idsMax = 16

    /// `event` is as `ConversionDecoder.event(at:in:)` gives it.
    package init(event: JSON) {
        let url = event["event_source_url"]?.text ?? ""
        let query = QueryText.query(ofURL: url).map { QueryText.pairs($0) } ?? []
        let pairs = query.map { (name: $0.name.lowercased(), value: Appendix.split($0.value).text) }
        let attribution = event["attribution_data"]
        func ids(_ key: String, _ explicit: Set<String>, _ utm: Set<String>) -> [String] {
            var ids = [attribution?[key]?.entityID].compactMap(\.self)
            for (name, value) in pairs {
                let id = JSON.string(value.trimmedBlanks).entityID
                guard let id, explicit.contains(name) || (utm.contains(name) && (10...20).contains(id.utf8.count)) else {
                    continue
                }
                if ids.count < Self.idsMax, !ids.contains(id) { ids.append(id) }
            }
            return ids
        }
        adIDs = ids("ad_id", ["ad_id", "hsa_ad"], ["utm_content"])
        adsetIDs = ids("adset_id", ["adset_id", "hsa_grp"], ["utm_term"])
        campaignIDs = ids("campaign_id", ["campaign_id", "hsa_cam"], ["utm_id", "utm_campaign"])
        leadID = event["user_data"]?["lead_id"]?.entityID
        let cookie = event["user_data"]?["fbc"]?.text.flatMap { ClickText($0, .click, latestMs: .max)?.id }
        clickDigestInput = cookie ?? pairs.first { $0.name == "fbclid" && !$0.value.isEmpty }?.value
    }
}
