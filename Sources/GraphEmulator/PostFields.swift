/// The fields that posts and media can be asked for.
enum PostFields {
    static let post: Set<String> = [
        "id", "message", "story", "created_time", "updated_time", "from", "is_published", "is_hidden", "promotion_status",
        "promotable_id", "is_eligible_for_promotion", "permalink_url", "status_type", "full_picture", "parent_id",
    ]

    static let media: Set<String> = [
        "id", "caption", "media_type", "media_product_type", "permalink", "timestamp", "username", "owner", "ad_id",
        "original_media_id", "comments_count", "like_count", "is_comment_enabled",
    ]

    /// Shorter names in a scenario.
    static let mediaNames = ["product_type": "media_product_type", "ad": "ad_id", "original": "original_media_id"]

    static let comment: Set<String> = [
        "id", "message", "created_time", "from", "is_hidden", "can_hide", "can_remove", "can_comment", "can_like",
        "can_reply_privately", "comment_count", "like_count", "parent", "object", "permalink_url", "attachment", "is_private",
        "user_likes", "message_tags", "private_reply_conversation", "live_broadcast_timestamp", "application",
    ]

    static let instagramComment: Set<String> = [
        "id", "text", "hidden", "from", "username", "timestamp", "media", "parent_id", "like_count", "user",
        "legacy_instagram_comment_id",
    ]

    static let lead: Set<String> = [
        "id", "ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name", "created_time",
        "custom_disclaimer_responses", "field_data", "form_id", "home_listing", "is_organic", "partner_name", "platform", "post",
        "post_submission_check_result", "retailer_item_id", "vehicle",
    ]

    static let form: Set<String> = [
        "id", "name", "page", "page_id", "status", "leads_count", "expired_leads_count", "questions", "created_time", "locale",
    ]

    static let page: Set<String> = [
        "id", "name", "access_token", "instagram_business_account", "category", "link", "tasks",
    ]

    static let creative: Set<String> = [
        "id", "account_id", "name", "effective_object_story_id", "object_story_id", "effective_instagram_media_id",
        "source_instagram_media_id", "effective_instagram_story_id", "instagram_permalink_url", "object_story_spec",
        "object_type", "actor_id", "instagram_user_id", "status", "title", "body", "thumbnail_url", "url_tags", "link_url",
    ]
}
