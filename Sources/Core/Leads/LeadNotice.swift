/// What a notification tells of a lead: ids only, the answers have to be read.
package struct LeadNotice: Sendable, Equatable {
    package let leadID: String
    package let formID: String?
    /// Nil for an organic lead, a test and a preview; Meta then sends `0`, `"0"`, `""` or nothing.
    package let adID: String?

    package init(leadID: String, formID: String?, adID: String?) {
        self.leadID = leadID
        self.formID = formID
        self.adID = adID
    }

    /// From the value of a `leadgen` change; nil when it names no lead. `adgroup_id` is the old name of the ad, not its ad set.
    package init?(_ value: JSON) {
        guard let leadID = value["leadgen_id"]?.id else { return nil }
        self.init(leadID: leadID, formID: value["form_id"]?.id, adID: value["ad_id"]?.id ?? value["adgroup_id"]?.id)
    }
}
