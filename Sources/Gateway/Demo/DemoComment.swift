import Core

/// Somebody's comment under a post or media, with what notifications say of it.
struct DemoComment: Sendable {
    let id: String
    /// The post, or the media on Instagram.
    let post: String
    /// The comment that it answers.
    var parent: String?
    let authorID: String
    let authorName: String
    let text: String
    /// In seconds since 1970.
    let createdAt: Int64
    /// On Instagram, the ad that the media is shown by.
    var instagramAd: String?

    var isOnInstagram: Bool { instagramAd != nil }

    /// As the emulator's scenario writes it.
    var scenario: JSON {
        var out = JSONObject([
            .init(key: "id", value: .string(id)), .init(key: isOnInstagram ? "media" : "post", value: .string(post)),
            .init(key: "from", value: from), .init(key: "message", value: .string(text)),
            .init(key: "created", value: .integer(createdAt)),
        ])
        if let parent { out["parent"] = .string(parent) }
        return .object(out)
    }

    private var from: JSON {
        ["id": .string(authorID), isOnInstagram ? "username" : "name": .string(authorName)]
    }

    /// What a notification tells. Edits come without a time of their own, removals without their text, as captured.
    func change(_ verb: String, text: String? = nil) -> JSON {
        if let instagramAd {
            let media: JSON = [
                "id": .string(post), "media_product_type": "AD", "ad_id": .string(instagramAd),
                "original_media_id": .string(post + "0"),
            ]
            return [
                "field": "comments", "value": ["id": .string(id), "from": from, "text": .string(self.text), "media": media],
            ]
        }
        var value = JSONObject([
            .init(key: "item", value: "comment"), .init(key: "verb", value: .string(verb)),
            .init(key: "comment_id", value: .string(id)), .init(key: "post_id", value: .string(post)),
            .init(key: "parent_id", value: .string(parent ?? post)), .init(key: "from", value: from),
        ])
        if verb != "remove" {
            value["created_time"] = .integer(createdAt)
            value["message"] = .string(text ?? self.text)
        }
        return ["field": "feed", "value": .object(value)]
    }
}
