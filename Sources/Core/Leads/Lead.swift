/// A lead as Meta gave it, with the fields under the names of the configuration.
///
/// `fields` and the names are what a person wrote: sealed at rest, never in a log.
package struct Lead: Sendable, Equatable {
    /// 15 to 17 digits.
    package let leadID: String
    package let createdAtMs: Int64
    package let form: NamedID?
    package let page: NamedID?
    package let ad: NamedID?
    package let adset: NamedID?
    package let campaign: NamedID?
    /// `fb`, `ig`, …; as received.
    package let platform: String?
    package let isOrganic: Bool?
    /// Made with Meta's testing tool: kept, never counted, sent on only where the destination says so.
    package let isTest: Bool
    package let fields: [LeadField]
    package let consents: [LeadConsent]

    package init(
        leadID: String, createdAtMs: Int64, form: NamedID?, page: NamedID?, ad: NamedID?, adset: NamedID?, campaign: NamedID?,
        platform: String?, isOrganic: Bool?, isTest: Bool, fields: [LeadField], consents: [LeadConsent]
    ) {
        self.leadID = leadID
        self.createdAtMs = createdAtMs
        self.form = form
        self.page = page
        self.ad = ad
        self.adset = adset
        self.campaign = campaign
        self.platform = platform
        self.isOrganic = isOrganic
        self.isTest = isTest
        self.fields = fields
        self.consents = consents
    }

    /// The ad, ad set and campaign that it came from, the ad first; empty for an organic lead.
    package var entities: [EntityRef] {
        [ad.map { EntityRef(.ad, $0.id) }, adset.map { EntityRef(.adset, $0.id) }, campaign.map { EntityRef(.campaign, $0.id) }]
            .compactMap(\.self)
    }
}

/// An object of Meta's with its name, where that is known.
package struct NamedID: Sendable, Equatable {
    package let id: String
    package let name: String?

    package init(_ id: String, name: String? = nil) {
        self.id = id
        self.name = name
    }
}

/// One question of a form with its answers.
package struct LeadField: Sendable, Equatable {
    /// As the configuration maps it, else Meta's key.
    package let name: String
    /// Meta's key of the question.
    package let key: String
    package let values: [String]

    package init(name: String, key: String, values: [String]) {
        self.name = name
        self.key = key
        self.values = values
    }
}

/// One consent box of a form.
package struct LeadConsent: Sendable, Equatable {
    package let key: String
    package let isChecked: Bool

    package init(key: String, isChecked: Bool) {
        self.key = key
        self.isChecked = isChecked
    }
}
