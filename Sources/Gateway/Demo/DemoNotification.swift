import Core

/// Notifications in the shapes of Meta's own payloads.
enum DemoNotification {
    /// An envelope with one entry per id.
    static func body(_ object: String, _ entries: [(id: String, time: Int64, changes: [JSON])]) -> [UInt8] {
        let document: JSON = [
            "object": .string(object),
            "entry": .array(
                entries.map {
                    ["id": .string($0.id), "time": .integer($0.time), "changes": .array($0.changes)]
                }),
        ]
        return document.bytes()
    }

    static func statusChanged(_ ref: EntityRef) -> JSON {
        [
            "field": "field_changed",
            "value": [
                "object_id": .string(ref.id), "object_type": .string(ref.level.rawValue), "changed_fields": ["effective_status"],
            ],
        ]
    }

    /// The id is a JSON number here, as Meta sends it.
    static func metricMoved(_ ref: EntityRef, account: String, metric: String, value: Int64) -> JSON {
        [
            "field": "subscriptions",
            "value": [
                "subscription_id": 7_777_777_777, "account_id": .number(account), "object_id": .number(ref.id),
                "object_type": .string(ref.level.rawValue), "field": .string(metric), "current_value": .string("\(value)"),
            ],
        ]
    }

    static func created(_ ref: EntityRef, account: String) -> JSON {
        [
            "field": "subscriptions",
            "value": [
                "subscription_id": 1_111_111_111, "account_id": .number(account), "object_id": .number(ref.id),
                "object_type": .string(ref.level.rawValue),
            ],
        ]
    }

    static func withIssues(_ ref: EntityRef) -> JSON {
        [
            "field": "with_issues_ad_objects",
            "value": [
                "id": .string(ref.id), "level": .string(levelInCapitals(ref.level)), "error_code": "567",
                "error_summary": "A summary", "error_message": "A message",
            ],
        ]
    }

    static func leftProcess(_ ref: EntityRef) -> JSON {
        [
            "field": "in_process_ad_objects",
            "value": [
                "id": .string(ref.id), "level": .string(levelInCapitals(ref.level)), "status_name": "Active",
            ],
        ]
    }

    /// `AD_SET`, as issues and processing spell it.
    private static func levelInCapitals(_ level: EntityLevel) -> String {
        switch level {
        case .account: "ACCOUNT"
        case .campaign: "CAMPAIGN"
        case .adset: "AD_SET"
        case .ad: "AD"
        }
    }
}
