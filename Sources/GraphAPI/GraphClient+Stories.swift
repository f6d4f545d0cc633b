package import Core

extension GraphClient {
    /// One page of an account's ads with the posts and media that they show; archived and deleted ads are not among them.
    ///
    /// The caller turns the pages, so that it can keep a budget: `next` is the `after` of the next one.
    package func adStories(account: String, after: String? = nil, limit: Int = 200) async throws(GraphError) -> AdStoryPage {
        var query: [GraphRequest.Item] = [.init("fields", AdStory.graphFields), .init("limit", String(limit))]
        if let after { query.append(.init("after", after)) }
        let page = try await perform(
            GraphRequest(
                purpose: .stories, target: .account, shape: .list, node: "act_\(try Self.checked(account))/ads", query: query,
                account: account))
        guard page.after == nil || page.after != after else { throw .tooManyPages }
        return AdStoryPage(stories: page.rows.compactMap(AdStory.init), next: page.after)
    }
}

/// Some of an account's ads, and the cursor to the next ones.
package struct AdStoryPage: Sendable, Equatable {
    package let stories: [AdStory]
    /// Nil on the last page.
    package let next: String?

    package init(stories: [AdStory], next: String?) {
        self.stories = stories
        self.next = next
    }
}

extension AdStory {
    fileprivate static let graphFields =
        "id,name,status,effective_status,adset_id,campaign_id,creative{id,effective_object_story_id,object_story_id,"
        + "effective_instagram_media_id,source_instagram_media_id}"

    /// Nil without id or status.
    fileprivate init?(_ json: JSON) {
        guard let id = json["id"]?.id, let status = json["status"]?.text else { return nil }
        let creative = json["creative"]
        self.init(
            adID: id, adsetID: json["adset_id"]?.id, campaignID: json["campaign_id"]?.id, name: json["name"]?.text ?? "",
            status: status, effectiveStatus: json["effective_status"]?.text ?? status, creativeID: creative?["id"]?.id,
            storyID: creative?["effective_object_story_id"]?.id ?? creative?["object_story_id"]?.id,
            mediaID: creative?["effective_instagram_media_id"]?.id, sourceMediaID: creative?["source_instagram_media_id"]?.id)
    }
}
