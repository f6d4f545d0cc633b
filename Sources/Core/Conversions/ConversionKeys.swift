/// The keys that an event may have, and those under which people put what should not be there.
enum ConversionKeys {
    static let sources: Set<String> = [
        "email", "website", "app", "phone_call", "chat", "physical_store", "system_generated", "business_messaging", "other",
    ]

    /// The event that takes a purchase back, wholly or in part. It lowers our own figures; Meta, which has no such event, never sees it.
    static let refund = "Refund"

    /// Beside `user_data` and `advertiser_tracking_enabled`, which are read apart.
    static func type(of key: String) -> MemberType? { event[key] }

    /// The keys that have a type.
    static var eventNames: [String] { Array(event.keys) }

    /// What a member of the event holds.
    enum MemberType { case text, id, scalar, list, object }

    private static let event: [String: MemberType] = [
        "event_name": .text, "event_time": .scalar, "event_id": .id, "action_source": .text, "event_source_url": .text,
        "referrer_url": .text, "opt_out": .scalar, "data_processing_options": .list,
        "data_processing_options_country": .scalar, "data_processing_options_state": .scalar, "custom_data": .object,
        "app_data": .object, "original_event_data": .object, "attribution_data": .object, "messaging_channel": .text,
        "customer_segmentation": .text, "advanced_measurement_table": .text,
    ]

    /// The members of `user_data` that go to Meta as they are.
    static let plain: Set<String> = [
        "client_ip_address", "client_user_agent", "fbc", "fbp", "subscription_id", "anon_id", "madid", "idfv", "fb_login_id",
        "lead_id", "page_id", "page_scoped_user_id", "ctwa_clid", "ig_account_id", "ig_sid", "whatsapp_business_account_id",
        "partner_id", "partner_name",
    ]

    /// Members of `user_data` that name a business or a click and stay without consent.
    static let impersonal: Set<String> = [
        "fbc", "client_user_agent", "ctwa_clid", "page_id", "ig_account_id", "whatsapp_business_account_id",
    ]

    /// Members of `user_data` that Meta takes as they are and can't use hashed, beside those that have a form of their own.
    static let neverHashed = ["client_user_agent", "madid", "anon_id", "idfv", "subscription_id"]

    /// Members of `app_data` that name a device, or the person who uses it.
    static let device: Set<String> = [
        "vendor_id", "windows_attribution_id", "install_referrer", "receipt_data", "app_user_id",
    ]

    /// Members of `user_data` that say nothing about who the customer is.
    static let business: Set<String> = ["page_id", "ig_account_id", "whatsapp_business_account_id", "partner_name"]

    /// Customers can't be found by what one of these sets holds alone.
    static let weak: [Set<String>] = [
        ["ct", "country", "st", "zp", "ge", "client_user_agent"], ["db", "client_user_agent"], ["fn", "ge"], ["ln", "ge"],
    ]

    /// The hashed keys among them: any other finds somebody.
    static let seldomEnough: Set<PersonalKey> = Set(weak.joined().compactMap(PersonalKey.init(rawValue:)))

    /// Whether a key at any depth is one under which shops write who somebody is.
    static func isAlias(_ key: String) -> Bool { !common.contains(key) && aliases.contains(squashed(key)) }

    /// The same for the first level of `custom_data`, where these names can't belong to a product either.
    static func isAliasOfCustomer(_ key: String) -> Bool {
        guard !common.contains(key) else { return false }
        return ["em", "ph", "fn", "ln", "db"].contains(key) || customer.contains(squashed(key)) || isAlias(key)
    }

    /// What nearly every event holds, so that it need not be looked at more closely; none of them is an alias.
    static let common: Set<String> = [
        "value", "currency", "order_id", "contents", "id", "quantity", "item_price", "content_ids", "content_type",
        "content_name",
        "num_items", "delivery_category",
    ]

    /// `First-Name` and `first_name` are `firstname`.
    private static func squashed(_ key: String) -> String {
        key.lowercased().keeping { $0 != "_" && $0 != "-" && $0 != " " && $0 != "." }
    }

    private static let customer: Set<String> = [
        "name", "username", "address", "address1", "address2", "addressline1", "addressline2", "street", "streetaddress",
        "streetname", "housenumber", "gender", "sex", "ip",
    ]

    private static let aliases: Set<String> = [
        "email", "emailaddress", "emails", "mail", "useremail", "customeremail", "emailhash", "phone", "phonenumber", "phones",
        "userphone", "customerphone", "mobile", "mobilephone", "mobilenumber", "telephone", "tel", "cell", "cellphone",
        "whatsappnumber", "firstname", "lastname", "fullname", "givenname", "familyname", "surname", "middlename",
        "maidenname", "customername", "nickname", "billingaddress", "shippingaddress", "homeaddress", "dob", "dateofbirth",
        "birthday", "birthdate", "ssn", "socialsecuritynumber", "passport", "passportnumber", "nationalid", "taxid",
        "drivinglicense", "driverslicense", "creditcard", "cardnumber", "iban", "ipaddress", "clientip", "useragent",
        "password",
    ]
}
