/// Meta's own look at one event of a request. Its words name keys, never values.
struct EventCheck {
    let index: Int
    let event: Value
    let nowMs: Int64
    let futureSeconds: Int64
    /// The leads that an event may be about; nil: any.
    let leads: PageTree.Shelf<Lead>?

    private static let keys: Set<String> = [
        "event_name", "event_time", "user_data", "custom_data", "event_source_url", "event_id", "action_source", "opt_out",
        "data_processing_options", "data_processing_options_country", "data_processing_options_state", "app_data",
        "referrer_url", "original_event_data", "attribution_data", "messaging_channel", "customer_segmentation",
        "advanced_measurement_table",
    ]

    private static let sources: Set<String> = [
        "email", "website", "app", "phone_call", "chat", "physical_store", "system_generated", "business_messaging", "other",
    ]

    static let hashedKeys = ["em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"]

    /// What tells one customer from another.
    private static let matchKeys = Set(hashedKeys).union([
        "external_id", "client_ip_address", "client_user_agent", "fbc", "fbp", "subscription_id", "anon_id", "madid",
        "fb_login_id", "lead_id", "page_id", "page_scoped_user_id", "ctwa_clid", "ig_account_id", "ig_sid",
        "whatsapp_business_account_id", "f5first", "f5last", "fi", "dobd", "dobm", "doby", "app_user_id", "partner_id",
    ])

    /// Sets of keys that are not enough, nor is any part of one.
    private static let tooWeak: [Set<String>] = [
        ["ct", "country", "st", "zp", "ge", "client_user_agent"], ["db", "client_user_agent"], ["fn", "ge"], ["ln", "ge"],
    ]

    func run() throws(GraphFailure) {
        guard case .object(let members) = event else { throw wrong("", "must be an object") }
        if let stranger = members.first(where: { !Self.keys.contains($0.key) }) {
            throw .parameter("Unexpected key \"\(stranger.key)\" on param \"$['data'][\(index)]\".")
        }
        guard let name = present(event["event_name"])?.text, !name.isEmpty else { throw wrong("['event_name']", "is required") }
        guard let time = present(event["event_time"]) else { throw wrong("['event_time']", "is required") }
        guard let seconds = time.text.flatMap({ Int64($0) }) else { throw wrong("['event_time']", "must be an integer") }
        guard let source = present(event["action_source"])?.text?.lowercased() else {
            throw wrong("['action_source']", "is required")
        }
        guard Self.sources.contains(source) else { throw wrong("['action_source']", "is not one of the allowed values") }
        guard case .object? = present(event["user_data"]) else { throw wrong("['user_data']", "is required") }
        try checkTime(seconds, source)
        try checkUser()
        try checkCustom(name)
        try checkSource(name, source)
    }

    private func present(_ value: Value?) -> Value? { value == .null ? nil : value }

    private func wrong(_ place: String, _ reason: String) -> GraphFailure {
        .refused(2_804_019, "Invalid parameter", "$['data'][\(index)]\(place) \(reason)")
    }

    private func checkTime(_ seconds: Int64, _ source: String) throws(GraphFailure) {
        let days: Int64 = source == "physical_store" ? 62 : 7
        let now = nowMs / 1000
        guard seconds >= now - days * 86_400 else {
            throw .refused(2_804_003, "Event Timestamp Too Old", "The timestamp for this event is too far in the past.")
        }
        guard seconds <= now + futureSeconds else {
            throw .refused(2_804_004, "Event Timestamp in the Future", "The timestamp for this event is in the future.")
        }
    }

    private func checkUser() throws(GraphFailure) {
        let user = event["user_data"] ?? .null
        for key in Self.hashedKeys {
            guard let value = present(user[key]) else { continue }
            guard value.texts.allSatisfy(Self.isHash) else {
                throw .refused(2_804_016, "User Parameter Not Hashed", "The user_data parameter '\(key)' must be hashed.")
            }
        }
        if let click = present(user["fbc"]), !(click.text.map(Self.isClickID) ?? false) {
            throw .refused(2_804_001, "Invalid Click ID", "The fbc parameter is not formatted correctly.")
        }
        let given = Set(user.members.filter { Self.matchKeys.contains($0.key) && !$0.value.texts.isEmpty }.map(\.key))
        guard !given.isEmpty, !Self.tooWeak.contains(where: given.isSubset) else {
            throw .refused(
                2_804_050, "Insufficient Customer Information", "You haven't added sufficient customer information parameters.")
        }
        if let lead = present(user["lead_id"]), !(lead.text.map { Self.isID($0) && admitsLead($0) } ?? false) {
            throw .refused(2_804_036, "Invalid Lead ID", "The lead_id is not valid. The whole group of events is rejected.")
        }
    }

    private func admitsLead(_ id: String) -> Bool { leads.map { $0[id]?.isDeleted == false } ?? true }

    /// SHA-256 (or MD5) in hex, with or without what the Parameter Builder appends.
    private static func isHash(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let hex = parts.first, hex.count == 64 || hex.count == 32, hex.allSatisfy(\.isHexDigit) else { return false }
        return parts.count == 1 || isAppendix(parts[1])
    }

    /// `fb.1.1795170000000.AbC-d_9`, with or without an appendix.
    private static func isClickID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (4...5).contains(parts.count), parts[0].elementsEqual("fb".utf8) else { return false }
        guard !parts[1].isEmpty, parts[1].allSatisfy(\.isDigit), parts[2].count == 13, parts[2].allSatisfy(\.isDigit) else {
            return false
        }
        guard !parts[3].isEmpty, parts[3].allSatisfy(\.isBase64URL) else { return false }
        return parts.count == 4 || isAppendix(parts[4])
    }

    private static let shortAppendices = ["AQ", "Ag", "Aw", "BA", "BQ", "Bg"]

    private static func isAppendix(_ text: Substring.UTF8View) -> Bool {
        if text.count == 2 { return shortAppendices.contains { text.elementsEqual($0.utf8) } }
        return text.count == 8 && text.allSatisfy(\.isBase64URL)
    }

    private static func isID(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "0") && text.utf8.allSatisfy(\.isDigit)
    }

    private func checkCustom(_ name: String) throws(GraphFailure) {
        let custom = present(event["custom_data"])
        let value = custom.flatMap { present($0["value"]) }
        let currency = custom.flatMap { present($0["currency"]) }
        if name == "Purchase", value == nil {
            throw .refused(2_804_009, "Missing Value", "A Purchase event needs the parameter 'value'.")
        }
        if let value, Amount(text: value.text ?? "") == nil {
            throw wrong("['custom_data']['value']", "must be a number that isn't negative")
        }
        if value != nil, currency == nil {
            throw .refused(2_804_023, "Missing Currency", "The parameter 'value' needs the parameter 'currency'.")
        }
        if let currency, !Self.isCurrency(currency.text ?? "") {
            throw wrong("['custom_data']['currency']", "must be an ISO 4217 code")
        }
    }

    private static func isCurrency(_ text: String) -> Bool { text.utf8.count == 3 && text.utf8.allSatisfy(\.isLetter) }

    private func checkSource(_ name: String, _ source: String) throws(GraphFailure) {
        if source == "app" { try checkApp() }
        if source == "business_messaging" { try checkMessaging(name) }
    }

    private func checkApp() throws(GraphFailure) {
        let app = present(event["app_data"])
        let device = app?["extinfo"]?.items ?? []
        let isTold = app.flatMap { present($0["advertiser_tracking_enabled"]) } != nil
        guard isTold, device.count == 16, device[4].text?.isEmpty == false else {
            throw .refused(2_804_043, "Incomplete App Data", "app_data needs advertiser_tracking_enabled and a whole extinfo.")
        }
    }

    private func checkMessaging(_ name: String) throws(GraphFailure) {
        let names = ["LeadSubmitted", "Purchase", "AddToCart", "InitiateCheckout", "ViewContent"]
        guard names.contains(name) else {
            throw .refused(2_804_066, "Unsupported Event", "This event_name can't be used with business_messaging.")
        }
        let user = event["user_data"] ?? .null
        let has = { (key: String) in self.present(user[key])?.text?.isEmpty == false }
        switch present(event["messaging_channel"])?.text {
        case "whatsapp":
            guard has("ctwa_clid"), has("page_id") || has("whatsapp_business_account_id") else {
                throw .refused(2_804_116, "Missing Business Account", "whatsapp needs ctwa_clid and its account's id.")
            }
        case "messenger":
            guard has("page_id"), has("page_scoped_user_id") else {
                throw .refused(2_804_069, "Missing Page", "messenger needs page_id and page_scoped_user_id.")
            }
        case "instagram":
            guard has("ig_account_id"), has("ig_sid") else {
                throw .refused(2_804_079, "Missing Instagram Account", "instagram needs ig_account_id and ig_sid.")
            }
        case _: throw wrong("['messaging_channel']", "is required")
        }
    }
}

extension Value {
    /// The texts of a scalar or of a list of scalars; what is neither counts as an empty one.
    var texts: [String] {
        switch self {
        case .null: []
        case .array(let items): items.map { $0.text ?? "" }
        case .string, .number, .bool, .object: [text ?? ""]
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
    fileprivate var isLetter: Bool { (0x61...0x7a).contains(self | 0x20) }
    fileprivate var isHexDigit: Bool { isDigit || (0x61...0x66).contains(self | 0x20) }
    fileprivate var isBase64URL: Bool { isDigit || isLetter || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
}
