/// Meta's error codes and what each means for us; the source of `RefusalKind`.
///
/// Sources: <https://developers.facebook.com/docs/graph-api/guides/error-handling>, the Marketing API's error reference and
/// `fixtures/reference/error-codes.json`, which the tests compare with this table row by row.
enum ErrorTable {
    private struct Key: Hashable {
        let code: Int
        let subcode: Int?
    }

    private static let index: [Key: ErrorRow] = Dictionary(
        rows.map { (Key(code: $0.code, subcode: $0.subcode), $0) }, uniquingKeysWith: { first, _ in first })

    /// The row of exactly this pair.
    static func exact(_ code: Int, _ subcode: Int?) -> ErrorRow? { index[Key(code: code, subcode: subcode)] }

    /// The row of a code alone; 200 to 299 are permissions, 80000 to 80099 budgets of calls per business use case.
    static func general(_ code: Int) -> ErrorRow? {
        if let row = exact(code, nil) { return row }
        switch code {
        case 200...299: return exact(200, nil)
        case 80_000...80_099: return exact(80_001, nil)
        case _: return nil
        }
    }

    // Rows that a text tells apart from their neighbours of the same code.

    static let tooMuchData = ErrorRow(1, .split, "too_much_data", "Meta asks to reduce the amount of data in one call.")
    static let wrongProof = ErrorRow(
        100, .reauth, "app_secret_wrong",
        "Meta refuses the appsecret_proof: the app secret does not belong to the app of this token.",
        remedy:
            "Correct the app's secret (apps: secrets), or use a token of this app; a new login does not help."
    )
    static let idsRemoved = ErrorRow(
        100, .fatal, "ids_parameter_removed", "The ids parameter does not exist since v26.0; Meta says so with status 500.",
        remedy: "A call of ours is outdated: please report it.")
    static let tokenNeeded = ErrorRow(2500, .reauth, "token_missing", "Meta received no usable access token.")

    static let rows: [ErrorRow] = [
        ErrorRow(1, .retry, "meta_unknown", "Meta had an unknown error."),
        ErrorRow(
            1, 99, .fatal, "meta_unknown_query", "Meta can't answer this query, which is often one for the wrong level.",
            remedy: "Check that the id is of the level that was asked for."),
        ErrorRow(2, .retry, "meta_unavailable", "Meta's service was not available."),
        ErrorRow(2, 1504038, .split, "insights_timeout", "The report took Meta too long."),
        ErrorRow(2, 1504041, .fatal, "insights_breakdowns", "Meta does not know this combination of breakdowns."),
        ErrorRow(2, 1504042, .fatal, "insights_metrics", "Meta does not know these custom metrics."),
        ErrorRow(2, 1504043, .retry, "insights_intermittent", "Meta's reports had a passing error."),
        ErrorRow(2, 1504044, .retry, "insights_unknown", "Meta's reports had an unknown error."),
        ErrorRow(3, .permission, "capability_missing", "The app lacks a capability for this call."),
        ErrorRow.throttle(4, "app_limit", "The app made too many calls.", .app),
        ErrorRow.throttle(4, 1504022, "insights_app_limit", "Meta's reports are throttled for this app.", .appInsights),
        ErrorRow.throttle(4, 1504039, "insights_app_limit", "The app asked for too many reports.", .appInsights),
        ErrorRow(10, .permission, "permission_denied", "The app has no permission for this action."),
        ErrorRow.throttle(17, "account_limit", "Too many calls were made for this ad account.", .account, .block),
        ErrorRow.throttle(17, 2446079, "account_score_limit", "The ad account's score of calls is used up.", .account, .block),
        ErrorRow.throttle(
            17, 1885172, "spend_cap_changes", "The account's spending limit was changed ten times today.", .call,
            .fixed(86_400_000),
            remedy: "It is tried again tomorrow."),
        ErrorRow.throttle(32, "page_limit", "Too many calls were made for this Page.", .call),
        ErrorRow(99, .retry, "meta_unknown", "Meta had an unknown error."),
        ErrorRow(100, .fatal, "invalid_parameter", "Meta refuses a parameter of this call."),
        ErrorRow(
            100, 33, .permission, "not_visible", "Meta does not know the object, or this token may not see it.",
            remedy: "Give the token's user access to the ad account in Business settings; a deleted object needs nothing."),
        ErrorRow(100, 1487301, .fatal, "invalid_parameter", "Meta refuses a parameter of this call."),
        ErrorRow(100, 1487534, .split, "insights_too_large", "The report is larger than Meta gives in one call."),
        ErrorRow(100, 1504018, .split, "insights_timeout", "The report took Meta too long."),
        ErrorRow(100, 3191001, .permission, "insights_permission", "The token may not read this account's reports."),
        ErrorRow(
            100, 1885621, .fatal, "budget_at_both_levels",
            "The budget belongs to the campaign, so the ad set can have none of its own.",
            remedy: "Aim the rule at the campaign."),
        ErrorRow(100, 4834011, .fatal, "budget_sharing_unset", "Meta wants is_adset_budget_sharing_enabled with this campaign."),
        ErrorRow(100, 1885272, .fatal, "budget_too_low", "The budget is below Meta's minimum.", remedy: lowBudget),
        ErrorRow(
            100, 1885650, .fatal, "budget_below_spend", "The budget is below what may be spent while it changes.",
            remedy: lowBudget),
        ErrorRow(
            100, 1487901, .fatal, "adset_budget_too_low", "The ad set's budget is below Meta's minimum per day.",
            remedy: lowBudget),
        ErrorRow(
            1487901, .fatal, "adset_budget_too_low", "The ad set's budget is below Meta's minimum per day.", remedy: lowBudget),
        ErrorRow(
            100, 2238055, .fatal, "campaign_budget_too_low", "The campaign's budget is below what its ad sets need.",
            remedy: lowBudget),
        ErrorRow(100, 2446307, .fatal, "spend_cap_too_low", "The campaign's spend cap is below Meta's minimum."),
        ErrorRow(100, 1487056, .fatal, "adset_deleted", "The ad set is deleted.", remedy: gone),
        ErrorRow(100, 1487566, .fatal, "campaign_deleted", "The campaign is deleted.", remedy: gone),
        ErrorRow(100, 1885088, .fatal, "ad_archived", "The ad is archived.", remedy: gone),
        ErrorRow(
            100, 1487007, .fatal, "adset_ended", "The ad set has ended.",
            remedy: "Give it a later end in Ads Manager, then retry."),
        ErrorRow(
            100, 1487033, .fatal, "end_in_past", "The end date is in the past.",
            remedy: "Give it a later end in Ads Manager, then retry."),
        ErrorRow(100, 1885183, .fatal, "app_in_development", "The ad's post was made by an app in development mode."),
        ErrorRow(100, 1885557, .fatal, "post_gone", "The post that the ad shows is gone."),
        ErrorRow(100, 2446289, .fatal, "post_gone", "The post that the ad shows is gone."),
        ErrorRow(100, 2490155, .fatal, "post_gone", "The post that the ad shows is gone."),
        ErrorRow(
            100, 2490427, .fatal, "ad_rejected", "Meta's review rejected the ad; it can't be switched on.", remedy: rejected),
        ErrorRow(
            100, 2490468, .fatal, "ad_rejected", "Meta's review rejected the ad; it can't be switched on.", remedy: rejected),
        ErrorRow(
            100, 2446880, .fatal, "whatsapp_disconnected",
            "The ad's WhatsApp number is disconnected, so Meta refuses every change of the ad.",
            remedy: "Connect the number again, or pause the ad set instead."),
        ErrorRow(100, 2490487, .fatal, "bid_missing", "The bid strategy needs a bid amount."),
        ErrorRow(100, 1815857, .fatal, "bid_missing", "The bid strategy needs a bid amount."),
        ErrorRow(100, 3858079, .fatal, "dsa_payor_missing", "Ads shown in the EU need a payor.", remedy: dsa),
        ErrorRow(
            100, 3858081, .fatal, "dsa_beneficiary_missing", "Ads shown in the EU need a payor and a beneficiary.", remedy: dsa),
        ErrorRow(100, 1487694, .fatal, "targeting_gone", "A targeting category of the ad set does not exist any more."),
        ErrorRow(100, 3858258, .retry, "image_not_loaded", "Meta could not load an image."),
        ErrorRow(100, 36007, .reauth, "login_code_expired", "The login took too long.", remedy: "Connect the workspace again."),
        ErrorRow(100, 36009, .reauth, "login_code_used", "The login was finished twice.", remedy: "Connect the workspace again."),
        ErrorRow(102, .reauth, "session_invalid", "Meta ended the session of the access token."),
        ErrorRow(104, .reauth, "token_missing", "Meta received no access token, or a wrong signature of it."),
        ErrorRow(190, .reauth, "token_invalid", "Meta refuses the access token."),
        ErrorRow(190, 458, .reauth, "app_removed", "The token's user removed the app."),
        ErrorRow(
            190, 459, .reauth, "user_checkpoint", "Meta wants the token's user to log in at facebook.com.", remedy: atFacebook),
        ErrorRow(190, 460, .reauth, "password_changed", "The token's user changed the password, or the token was revoked."),
        ErrorRow(190, 463, .reauth, "token_expired", "The access token has expired."),
        ErrorRow(190, 464, .reauth, "user_unconfirmed", "The token's user is not confirmed.", remedy: atFacebook),
        ErrorRow(190, 467, .reauth, "token_revoked", "The access token was revoked."),
        ErrorRow(190, 492, .reauth, "page_role_lost", "The token's user has no role on the Page any more."),
        ErrorRow(194, .fatal, "parameter_missing", "Meta misses a required parameter of this call."),
        ErrorRow(200, .permission, "permission_missing", "The token lacks a permission for this call."),
        ErrorRow(200, 1870034, .permission, "audience_terms", "The terms for custom audiences are not accepted."),
        ErrorRow(270, .permission, "app_access_level", "The app's access level does not allow this ad account."),
        ErrorRow(294, .permission, "ads_management_missing", "The token lacks the permission ads_management."),
        ErrorRow.throttle(341, "app_limit", "The app reached its limit.", .app),
        ErrorRow(368, .policy, "blocked_for_policy", "Meta blocked the action as against its policies."),
        ErrorRow(506, .fatal, "duplicate_post", "Meta has the same post already."),
        ErrorRow.throttle(
            613, "account_limit_cut", "Meta cut this ad account's limit because of unusual traffic.", .account, .ms(3_600_000),
            remedy: "Find out what else calls the account so often."),
        ErrorRow.throttle(613, 1487742, "account_score_limit", "The ad account's score of calls is used up.", .account, .block),
        ErrorRow.throttle(
            613, 1487632, "budget_changes", "This budget was changed four times within the hour.", .call, .fixed(3_600_000),
            remedy: "It is tried again in an hour."),
        ErrorRow.throttle(
            613, 1487225, "ad_creation_limit", "Too many ads were made for the account's daily spend.", .call, .ms(3_600_000)),
        ErrorRow.throttle(
            613, 5044001, "mutation_rate", "Too many changes per second for this ad account.", .accountManagement, .fixed(2_000)),
        ErrorRow.throttle(613, 1996, "request_volume", "The number of calls changed too suddenly.", .account, .ms(600_000)),
        ErrorRow(900, .fatal, "no_such_app", "Meta does not know the app.", remedy: "Correct the app's id in the configuration."),
        ErrorRow.throttle(1487742, "account_score_limit", "The ad account's score of calls is used up.", .account, .block),
        ErrorRow.throttle(2446079, "account_score_limit", "The ad account's score of calls is used up.", .account, .block),
        ErrorRow(
            2500, .fatal, "query_syntax", "Meta can't read the query.", remedy: "A call of ours is wrong: please report it."),
        ErrorRow(2615, .fatal, "account_update_invalid", "Meta refuses this change of the ad account."),
        ErrorRow(
            2635, .fatal, "version_deprecated", "Meta retired this version of the Marketing API.",
            remedy: "Set graph: version to a current one."),
        ErrorRow(2641, .fatal, "restricted_locations", "The targeting names a restricted location."),
        ErrorRow(2695, .fatal, "adset_limit", "The campaign can hold no further ad set."),
        ErrorRow(3018, .fatal, "range_too_old", "Reports reach back 37 months only.", remedy: "Ask for a later start."),
        ErrorRow.throttle(80_000, "insights_limit", "The account's budget of report calls is used up.", .accountInsights),
        ErrorRow.throttle(80_001, "business_limit", "A budget of calls for this business object is used up.", .call),
        ErrorRow.throttle(80_002, "instagram_limit", "The Instagram account's budget of calls is used up.", .call),
        ErrorRow.throttle(80_003, "audience_limit", "The account's budget of audience calls is used up.", .call),
        ErrorRow.throttle(80_004, "management_limit", "The account's budget of management calls is used up.", .accountManagement),
        ErrorRow.throttle(80_005, "leadgen_limit", "The budget of lead calls is used up.", .call),
        ErrorRow.throttle(80_006, "messenger_limit", "The budget of Messenger calls is used up.", .call),
        ErrorRow.throttle(80_008, "whatsapp_limit", "The budget of WhatsApp calls is used up.", .call),
        ErrorRow.throttle(80_009, "catalog_limit", "The budget of catalogue calls is used up.", .call),
        ErrorRow.throttle(80_014, "catalog_batch_limit", "The budget of catalogue batches is used up.", .call),
        ErrorRow(-2, 2490547, .retry, "report_failed", "Meta's report failed."),
        ErrorRow(-3, 1504045, .split, "report_too_large", "The report is too large."),
    ]

    private static let lowBudget = "Give the rule a higher minimum (min) for this budget."
    private static let gone = "Nothing to do, unless a rule still names it."
    private static let rejected = "Correct the ad in Ads Manager and ask for a new review."
    private static let dsa = "Set payor and beneficiary for the ad set in Ads Manager."
    private static let atFacebook =
        "That person logs in at facebook.com and does what is asked there; the token may then work again."
}
