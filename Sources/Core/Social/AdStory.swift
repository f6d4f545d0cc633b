/// An ad with the post and the media that its creative shows: what the index from post to ads is made of.
package struct AdStory: Sendable, Equatable {
    package let adID: String
    package let adsetID: String?
    package let campaignID: String?
    package let name: String
    package let status: String
    package let effectiveStatus: String
    package let creativeID: String?
    /// `{page}_{post}`.
    package let storyID: String?
    /// Instagram's media of the ad, and the organic media that it was made from.
    package let mediaID: String?
    package let sourceMediaID: String?

    package init(
        adID: String, adsetID: String?, campaignID: String?, name: String, status: String, effectiveStatus: String,
        creativeID: String?, storyID: String?, mediaID: String?, sourceMediaID: String?
    ) {
        self.adID = adID
        self.adsetID = adsetID
        self.campaignID = campaignID
        self.name = name
        self.status = status
        self.effectiveStatus = effectiveStatus
        self.creativeID = creativeID
        self.storyID = storyID
        self.mediaID = mediaID
        self.sourceMediaID = sourceMediaID
    }
}

/// An ad that an event is about, with what is known above it.
package struct ResolvedAd: Sendable, Hashable {
    package let adID: String
    package let adsetID: String?
    package let campaignID: String?
    /// Without `act_`; nil when not known yet.
    package let accountID: String?

    package init(adID: String, adsetID: String? = nil, campaignID: String? = nil, accountID: String? = nil) {
        self.adID = adID
        self.adsetID = adsetID
        self.campaignID = campaignID
        self.accountID = accountID
    }
}
