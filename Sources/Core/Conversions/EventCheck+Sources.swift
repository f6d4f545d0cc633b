/// What each source of an action requires.
extension EventCheck {
    mutating func checkRequired() {
        if fields["event_source_url"]?.text?.isEmpty == true { fields["event_source_url"] = nil }
        guard !isRefund else { return }
        switch fields["action_source"]?.text {
        case "website"?:
            if fields["event_source_url"] == nil { find(.sourceURLMissing, place) }
            if userData["client_user_agent"] == nil { find(.userAgentMissing, place) }
        case "app"?: checkApp()
        case "business_messaging"?: checkChannel()
        case .some, nil: break
        }
        checkLimitedUse()
    }

    private mutating func checkApp() {
        let path = place.key("app_data")
        guard let data = fields["app_data"] else {
            find(.appDataMissing, path)
            return
        }
        let device = data["extinfo"]?.items ?? []
        let hasVersion = device.count == 16 && device[4].scalarText?.trimmedBlanks.isEmpty == false
        if !hasVersion { find(.extinfoIncomplete, path.key("extinfo")) }
        if data["advertiser_tracking_enabled"] == nil { find(.trackingFlagMissing, path.key("advertiser_tracking_enabled")) }
    }

    private mutating func checkChannel() {
        guard let channel = fields["messaging_channel"]?.text.flatMap(MessagingChannel.init) else {
            fields["messaging_channel"] = nil
            find(.channelMissing, place.key("messaging_channel"))
            return
        }
        if !channel.isNamed(in: userData) { find(channel.missing, place.key("user_data")) }
    }

    /// `LDU` is Meta's word for limited data use: without a country and a state Meta does not know whose law is meant.
    private mutating func checkLimitedUse() {
        guard fields["data_processing_options"]?.items.contains(where: { $0.text == "LDU" }) == true else { return }
        let keys = ["data_processing_options_country", "data_processing_options_state"]
        guard let missing = keys.first(where: { fields[$0] == nil }) else { return }
        guard find(.limitedUseIncomplete, place.key(missing)) == .repair else { return }
        for key in keys { fields[key] = 0 }
    }
}

/// Where a conversation took place, and the ids that Meta needs for it.
enum MessagingChannel: String {
    case whatsapp, messenger, instagram

    func isNamed(in userData: JSONObject) -> Bool {
        func has(_ key: String) -> Bool { userData[key] != nil }
        return switch self {
        case .whatsapp: has("ctwa_clid") && (has("page_id") || has("whatsapp_business_account_id"))
        case .messenger: has("page_id") && has("page_scoped_user_id")
        case .instagram: has("ig_account_id") && has("ig_sid")
        }
    }

    /// Its ids are not there.
    var missing: ConversionFault {
        switch self {
        case .whatsapp: .whatsappIDsMissing
        case .messenger: .messengerIDsMissing
        case .instagram: .instagramIDsMissing
        }
    }
}
