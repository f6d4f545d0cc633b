/// The fields that nodes of each level can be asked for.
enum NodeFields {
    static let statuses = ["ACTIVE", "PAUSED", "DELETED", "ARCHIVED"]

    static let effectiveStatuses = [
        "ACTIVE", "PAUSED", "DELETED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO",
        "CAMPAIGN_PAUSED", "ARCHIVED", "ADSET_PAUSED", "IN_PROCESS", "WITH_ISSUES",
    ]

    static let readable: [Level: Set<String>] = [
        .account: split(
            """
            id account_id name currency timezone_name timezone_id timezone_offset_hours_utc account_status disable_reason
            spend_cap amount_spent balance min_daily_budget min_campaign_group_spend_cap user_tasks business is_prepay_account
            attribution_spec
            """),
        .campaign: split(
            """
            id account_id name objective status configured_status effective_status buying_type bid_strategy daily_budget
            lifetime_budget budget_remaining spend_cap start_time stop_time created_time updated_time special_ad_categories
            smart_promotion_type advantage_state_info is_adset_budget_sharing_enabled last_budget_toggling_time issues_info
            source_campaign_id
            """),
        .adset: split(
            """
            id account_id campaign_id campaign name status configured_status effective_status daily_budget lifetime_budget
            budget_remaining daily_min_spend_target daily_spend_cap lifetime_spend_cap bid_amount bid_strategy bid_constraints
            billing_event optimization_goal attribution_spec promoted_object destination_type targeting start_time end_time
            learning_stage_info issues_info source_adset_id created_time updated_time
            """),
        .ad: split(
            """
            id account_id campaign_id campaign adset_id adset name status configured_status effective_status creative
            ad_review_feedback issues_info failed_delivery_checks source_ad_id tracking_specs conversion_domain
            preview_shareable_link last_updated_by_app_id bid_amount created_time updated_time
            """),
    ]

    /// The edges that can be asked for as fields, too.
    static func edges(of level: Level) -> [String: Level] {
        Dictionary(uniqueKeysWithValues: Level.allCases.filter { $0 > level }.map { ($0.edge, $0) })
    }

    private static func split(_ text: String) -> Set<String> { Set(text.split(whereSeparator: \.isWhitespace).map(String.init)) }
}
