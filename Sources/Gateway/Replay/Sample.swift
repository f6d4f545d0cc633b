import Core
import Signing

/// The requests that `touchstone trigger` can send: one realistic sample of each kind, with ids of the configuration and the time of now.
package enum Sample: String, Sendable, CaseIterable {
    case leadgen, comment, reaction
    case commentEdit = "comment-edit"
    case commentHide = "comment-hide"
    case commentRemove = "comment-remove"
    case instagramComment = "instagram-comment"
    case message
    case status, issue, metric
    case purchase, lead

    /// For `--help`.
    package var sentence: String {
        switch self {
        case .leadgen: "a lead of an instant form"
        case .comment: "a comment on a Page's post"
        case .commentEdit: "the same, edited"
        case .commentHide: "the same, hidden"
        case .commentRemove: "the same, removed"
        case .reaction: "a reaction to a Page's post"
        case .instagramComment: "a comment on an ad on Instagram"
        case .message: "a message to the Page that came from an ad"
        case .status: "an ad whose status changed"
        case .issue: "an ad with an issue"
        case .metric: "a cost per click that crossed a threshold"
        case .purchase: "a Purchase of a shop, to the first source's dataset"
        case .lead: "a Lead of a website, to the first source's dataset"
        }
    }

    /// What the sample is about; what is not given is made up, or taken from the configuration.
    package struct Subject: Sendable {
        package var ad: String?
        package var account: String?
        package var page: String?
        package var instagram: String?
        package var form: String?
        package var post: String?
        /// The lead's or comment's own id.
        package var id: String?
        package var value = "49.90"
        package var currency = "EUR"

        package init() {}
    }

    /// The request, signed by the configuration's own secrets. Throws when the configuration has nothing that it could be about.
    package func request(_ subject: Subject, settings: Settings, nowMs: Int64) throws(HTTPFileError) -> HTTPFile {
        var subject = subject
        let workspace = settings.workspaces.first
        subject.page = subject.page ?? workspace?.pages.first
        subject.instagram = subject.instagram ?? workspace?.instagram.first
        subject.account = subject.account ?? workspace?.accounts.first
        let unsigned: HTTPFile
        switch self {
        case .purchase, .lead: unsigned = try conversion(subject, settings, nowMs)
        case .leadgen, .comment, .reaction, .commentEdit, .commentHide, .commentRemove, .instagramComment, .message, .status,
            .issue, .metric:
            unsigned = try webhook(subject, settings, nowMs)
        }
        return try Resigner(settings: settings).resigned(unsigned)
    }

    private func webhook(_ subject: Subject, _ settings: Settings, _ nowMs: Int64) throws(HTTPFileError) -> HTTPFile {
        guard let path = settings.apps.first?.path else { throw HTTPFileError(rawValue, "needs an app in the configuration.") }
        let body = try document(subject, seconds: nowMs / 1_000).bytes()
        return HTTPFile(
            path: rawValue, method: "POST", target: path,
            headers: [
                ("Content-Type", "application/json"), ("User-Agent", "Webhooks/1.1 (https://fb.me/webhooks)"),
            ], body: body)
    }

    private func document(_ subject: Subject, seconds: Int64) throws(HTTPFileError) -> JSON {
        let ad = subject.ad ?? Self.digits(18)
        switch self {
        case .leadgen:
            return try page(
                subject, seconds, field: "leadgen",
                [
                    "leadgen_id": .string(subject.id ?? Self.digits(16)), "page_id": .string(subject.page ?? ""),
                    "form_id": .string(subject.form ?? Self.digits(15)), "ad_id": .string(ad), "adgroup_id": .string(ad),
                    "created_time": .integer(seconds),
                ])
        case .comment: return try comment(subject, seconds, verb: "add", text: "How long is delivery?")
        case .commentEdit: return try comment(subject, seconds, verb: "edited", text: "How long is delivery to Poland?")
        case .commentHide: return try comment(subject, seconds, verb: "hide", text: nil)
        case .commentRemove: return try comment(subject, seconds, verb: "remove", text: nil)
        case .reaction:
            return try page(
                subject, seconds, field: "feed",
                [
                    "item": "reaction", "verb": "add", "reaction_type": "love", "post_id": .string(post(of: subject)),
                    "from": ["id": "24000000000000001", "name": "Example Person"], "created_time": .integer(seconds),
                ])
        case .instagramComment:
            guard let account = subject.instagram else {
                throw HTTPFileError(rawValue, "needs an Instagram account: workspaces[].instagram, or --instagram.")
            }
            let value: JSON = [
                "id": .string(subject.id ?? Self.digits(17)), "from": ["id": "742084000000000", "username": "example_user"],
                "text": "Is it in stock?",
                "media": ["id": .string(Self.digits(17)), "media_product_type": "AD", "ad_id": .string(ad)],
            ]
            return Self.delivery("instagram", account, seconds, field: "comments", value)
        case .message:
            guard let page = subject.page else { throw noPage }
            let message: JSON = [
                "sender": ["id": "24000000000000001"], "recipient": ["id": .string(page)],
                "timestamp": .integer(seconds * 1_000),
                "message": [
                    "mid": .string("m_\(Self.digits(24))"), "text": "Hello, is this still for sale?",
                    "referral": ["source": "ADS", "type": "OPEN_THREAD", "ad_id": .string(ad)],
                ],
            ]
            return [
                "object": "page",
                "entry": [["id": .string(page), "time": .integer(seconds * 1_000), "messaging": .array([message])]],
            ]
        case .status:
            return try account(
                subject, seconds, field: "field_changed",
                ["object_id": .string(ad), "object_type": "ad", "changed_fields": ["effective_status"]])
        case .issue:
            return try account(
                subject, seconds, field: "with_issues_ad_objects",
                [
                    "id": .string(ad), "level": "AD", "error_code": "1815869", "error_summary": "Ad rejected",
                    "error_message": "The ad does not follow our policies.",
                ])
        case .metric:
            return try account(
                subject, seconds, field: "subscriptions",
                [
                    "subscription_id": 7_777_777_777, "account_id": .string(subject.account ?? ""), "object_id": .string(ad),
                    "object_type": "ad", "field": "cpc", "current_value": "250",
                ])
        case .purchase, .lead:
            throw HTTPFileError(rawValue, "is a conversion.")
        }
    }

    private func comment(_ subject: Subject, _ seconds: Int64, verb: String, text: String?) throws(HTTPFileError) -> JSON {
        let post = post(of: subject)
        var members: [JSONObject.Member] = [
            .init(key: "item", value: "comment"), .init(key: "verb", value: .string(verb)),
            .init(key: "post_id", value: .string(post)), .init(key: "parent_id", value: .string(post)),
            .init(key: "comment_id", value: .string(subject.id ?? "\(Self.digits(15))_\(Self.digits(16))")),
            .init(key: "from", value: ["id": "24000000000000001", "name": "Example Person"]),
            .init(key: "created_time", value: .integer(seconds)),
        ]
        if let text { members.append(.init(key: "message", value: .string(text))) }
        return try page(subject, seconds, field: "feed", .object(JSONObject(members)))
    }

    private func post(of subject: Subject) -> String { subject.post ?? "\(subject.page ?? "0")_\(Self.digits(15))" }

    private var noPage: HTTPFileError { HTTPFileError(rawValue, "needs a Page: workspaces[].pages, or --page.") }

    private func page(_ subject: Subject, _ seconds: Int64, field: String, _ value: JSON) throws(HTTPFileError) -> JSON {
        guard let page = subject.page else { throw noPage }
        return Self.delivery("page", page, seconds, field: field, value)
    }

    private func account(_ subject: Subject, _ seconds: Int64, field: String, _ value: JSON) throws(HTTPFileError) -> JSON {
        guard let account = subject.account else {
            throw HTTPFileError(rawValue, "needs an ad account: workspaces[].accounts, or --account.")
        }
        return Self.delivery("ad_account", account, seconds, field: field, value)
    }

    private static func delivery(_ object: String, _ id: String, _ seconds: Int64, field: String, _ value: JSON) -> JSON {
        [
            "object": .string(object),
            "entry": [
                ["id": .string(id), "time": .integer(seconds), "changes": [["field": .string(field), "value": value]]]
            ],
        ]
    }

    // MARK: conversions

    private func conversion(_ subject: Subject, _ settings: Settings, _ nowMs: Int64) throws(HTTPFileError) -> HTTPFile {
        guard let source = settings.sources.first, let dataset = source.datasets.first else {
            throw HTTPFileError(rawValue, "needs a source with a dataset in the configuration.")
        }
        var custom: [JSONObject.Member] = []
        if self == .purchase {
            custom = [
                .init(key: "value", value: .number(subject.value)), .init(key: "currency", value: .string(subject.currency)),
            ]
        }
        let consent = Self.nested(source.consent.path, custom: JSON.object(JSONObject(custom)))
        var url = "https://shop.example/thanks"
        if let ad = subject.ad { url += "?ad_id=\(ad)" }
        var event: [JSONObject.Member] = [
            .init(key: "event_name", value: self == .purchase ? "Purchase" : "Lead"),
            .init(key: "event_time", value: .integer(nowMs / 1_000)),
            .init(key: "event_id", value: .string(subject.id ?? "order-\(Self.digits(10))")),
            .init(key: "action_source", value: "website"), .init(key: "event_source_url", value: .string(url)),
            .init(
                key: "user_data",
                value: [
                    "em": ["john@example.com"], "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
                    "client_ip_address": "203.0.113.5",
                ]),
        ]
        event.append(contentsOf: consent)
        let body: JSON = ["data": .array([.object(JSONObject(event))])]
        return HTTPFile(
            path: rawValue, method: "POST", target: "/\(settings.graph.version)/\(dataset)/events",
            headers: [("Content-Type", "application/json"), ("User-Agent", "shop-backend/1.0")], body: body.bytes())
    }

    /// `custom_data` with consent given where the source's policy looks for it.
    private static func nested(_ path: [String], custom: JSON) -> [JSONObject.Member] {
        var members: [JSONObject.Member] = []
        var custom = custom
        if path.first == "custom_data", path.count > 1 {
            custom = .object(JSONObject(custom.memberList + [.init(key: path[1], value: value(at: path.dropFirst(2)))]))
        } else if let first = path.first {
            members.append(.init(key: first, value: value(at: path.dropFirst())))
        }
        if !custom.memberList.isEmpty { members.append(.init(key: "custom_data", value: custom)) }
        return members
    }

    private static func value(at path: ArraySlice<String>) -> JSON {
        guard let key = path.first else { return .bool(true) }
        return .object(JSONObject([.init(key: key, value: value(at: path.dropFirst()))]))
    }

    /// An id that nobody has had.
    private static func digits(_ count: Int) -> String {
        let digits = String(UInt64.random(in: 0..<UInt64.max)) + String(UInt64.random(in: 0..<UInt64.max))
        return "1" + digits.prefix(count - 1)
    }
}

extension JSON {
    fileprivate var memberList: [JSONObject.Member] { if case .object(let object) = self { object.members } else { [] } }
}
