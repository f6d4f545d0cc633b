import Core

/// A request to change one thing in.
enum ConversionSample {
    /// 2026-01-01T00:01:40Z.
    static let nowMs: Int64 = 1_767_225_700_000
    static let policy = ConsentPolicy(path: ["custom_data", "consent"], without: .send)

    static func event(_ change: (inout JSONObject) -> Void = { _ in }) -> JSON {
        var event = JSONObject([
            .init(key: "event_name", value: "Purchase"), .init(key: "event_time", value: 1_767_225_600),
            .init(key: "event_id", value: "order-1001"), .init(key: "action_source", value: "website"),
            .init(key: "event_source_url", value: "https://shop.example/thanks?order=1001"),
            .init(
                key: "user_data",
                value: ["em": ["John_Smith@gmail.com"], "client_user_agent": "Mozilla/5.0", "client_ip_address": "203.0.113.7"]),
            .init(key: "custom_data", value: ["value": .number("129.90"), "currency": "eur", "consent": true]),
        ])
        change(&event)
        return .object(event)
    }

    static func body(_ events: [JSON], _ more: [(String, JSON)] = []) -> [UInt8] {
        var body = JSONObject(more.map { .init(key: $0.0, value: $0.1) })
        body["data"] = .array(events)
        return JSON.object(body).bytes()
    }

    static func check(
        _ body: [UInt8], consent: ConsentPolicy = policy, rules: [ConversionFault: Ruling] = [:],
        strictness: Strictness = .allOrNothing
    ) throws -> ConversionCheck {
        ConversionCheck(
            try ConversionRequest.parse(body).get(), consent: consent, rules: SourceRules(rules), strictness: strictness,
            nowMs: nowMs)
    }

    static func check(
        _ event: JSON, consent: ConsentPolicy = policy, rules: [ConversionFault: Ruling] = [:]
    ) throws -> ConversionCheck {
        try check(body([event]), consent: consent, rules: rules)
    }

    /// An event of an app that says everything an app has to say.
    static func appEvent(_ change: (inout JSONObject) -> Void = { _ in }) -> JSON {
        event {
            $0["action_source"] = "app"
            $0["event_source_url"] = nil
            $0["app_data"] = ["advertiser_tracking_enabled": true, "extinfo": .array(extinfo)]
            change(&$0)
        }
    }

    /// Sixteen values, the fifth of them the version of the operating system.
    static let extinfo: [JSON] = [
        "a2", "com.some.app", "771", "Version 7.7.1", "10.1.1", "OnePlus6", "en_US", "GMT-1", "TMobile", 1920, 1080, "2.00", 2,
        128, 8, "USA/New York",
    ]

    static func extinfo(_ value: JSON, at index: Int) -> [JSON] {
        var values = extinfo
        values[index] = value
        return values
    }

    static func with(_ key: String, _ value: JSON?) -> JSON { event { $0[key] = value } }

    /// `user_data` replaced by the members of a JSON text.
    static func userData(_ text: String) throws -> JSON {
        let value = try JSON.parse(Array(text.utf8))
        return event { $0["user_data"] = value }
    }

    static func customData(_ text: String) throws -> JSON {
        let value = try JSON.parse(Array(text.utf8))
        return event { $0["custom_data"] = value }
    }
}
