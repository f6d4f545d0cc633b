package import Core
import Signing

/// Replaces what names a person, or what a person wrote, by stable fakes of the same shape.
///
/// What is kept is listed, everything else is replaced: a member that this version does not know can't leak. The same value becomes the
/// same fake throughout, so that a person is one person in all captures.
package struct Scrubber: Sendable {
    private let key: [UInt8]

    /// `key` makes the fakes: without it nobody can look for the value behind one.
    package init(key: [UInt8]) { self.key = key }

    package func scrubbed(_ document: JSON) -> JSON { scrubbed(document, under: "", parent: "") }

    /// A request's body: JSON, or a form; the same bytes when it is neither, which is nothing that a verified request has.
    package func scrubbed(body: [UInt8]) -> [UInt8] {
        guard !body.isEmpty else { return body }
        guard let document = try? JSON.parse(body) else { return Array("\"\"".utf8) }
        return scrubbed(document).bytes()
    }

    private func scrubbed(_ value: JSON, under key: String, parent: String) -> JSON {
        switch value {
        case .null, .bool: return value
        case .number(let token):
            let isTold = parent == Self.custom && !Self.customNumbers.contains(key)
            return isTold || Self.isPersonalID(key, in: parent) ? .number(digits(token)) : value
        case .string(let text): return .string(scrubbed(text, under: key, parent: parent))
        case .array(let items): return .array(items.map { scrubbed($0, under: key, parent: parent) })
        case .object(let object):
            // all that lies below custom_data is the shop's own, however deep
            let inside = parent == Self.custom ? Self.custom : key
            return .object(
                JSONObject(
                    object.members.map { .init(key: named($0.key), value: scrubbed($0.value, under: $0.key, parent: inside)) }))
        }
    }

    /// A key that is no plain name may be a person: an address, a telephone number.
    private func named(_ key: String) -> String {
        let isName = Self.isPlainKey(key)
        let isLongNumber = key.utf8.count > Self.placeDigitsMax && key.utf8.first.map { (0x30...0x39).contains($0) } == true
        return isName && !isLongNumber ? key : "key_\(SHA256.hex(seed(key)).prefix(16))"
    }

    /// Meta writes places in a text as keys; a longer number is somebody's.
    private static let placeDigitsMax = 5

    private func scrubbed(_ text: String, under key: String, parent: String) -> String {
        if text.isEmpty || Self.consents.contains(text.lowercased()) { return text }
        if key == "currency" { return text.utf8.count == 3 && Self.isWord(text) ? text : fake(text) }
        if parent == Self.custom { return Self.customWords.contains(key) && Self.isWord(text) ? text : fake(text) }
        if Self.hashed.contains(key) { return hash(text) }
        if Self.isPersonalID(key, in: parent) { return fake(text) }
        if key == "client_ip_address" { return "203.0.113.\(seed(text)[0] % 254 + 1)" }
        if key == "client_user_agent" { return "Mozilla/5.0 (capture)" }
        if key == "fbc" || key == "fbp" { return click(text) }
        if key == "event_source_url" || key == "referrer_url" { return url(text) }
        if Self.words.contains(key), Self.isWord(text) || Self.isNumber(text) { return text }
        if Self.isID(key), Self.isPlainID(text) { return text }
        if Self.times.contains(key), Self.isTime(text) { return text }
        // a form's keys are the advertiser's, its answers are not; test leads are recognised by their answers
        if text.hasPrefix("<test lead:") { return text }
        return fake(text)
    }

    // MARK: what is kept

    /// Words of Meta's own, where they look like words.
    private static let words: Set<String> = [
        "object", "field", "changed_fields", "item", "verb", "object_type", "level", "reaction_type", "status_type",
        "promotion_status", "event_name", "action_source", "event", "source", "platform", "media_product_type",
        "trigger_type", "trigger_field", "error_code", "creative_fatigue_level", "recommendation_type", "messaging_product",
        "source_type", "account_status", "content_type", "delivery_category", "messaging_channel", "data_processing_options",
        "recommendation_stage", "mime_type", "current_value", "status_name",
    ]
    private static let custom = "custom_data"
    private static let customNumbers: Set<String> = [
        "value", "num_items", "predicted_ltv", "net_revenue", "quantity", "item_price",
    ]
    private static let customWords: Set<String> = ["content_type", "delivery_category"]
    /// What consent is said with: without it a captured event would come to something else.
    private static let consents: Set<String> = ["granted", "denied", "yes", "no", "true", "false", "1", "0"]
    private static let times: Set<String> = ["time", "created_time", "edited_time", "updated_time", "timestamp", "event_time"]
    private static let hashed: Set<String> = [
        "em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country", "external_id", "f5first", "f5last", "fi", "dobd",
        "dobm", "doby",
    ]
    private static let people: Set<String> = ["from", "sender", "recipient", "contacts", "user", "tags", "to"]
    private static let personal: Set<String> = [
        "user_id", "uid", "sender_id", "reviewer_id", "wa_id", "recipient_id", "display_phone_number", "from",
        "self_ig_scoped_id",
        "page_scoped_user_id", "ig_sid", "subscription_id_user", "madid", "anon_id", "fb_login_id",
    ]

    private static func isPersonalID(_ key: String, in parent: String) -> Bool {
        personal.contains(key) || (people.contains(parent) && isID(key))
    }

    private static func isID(_ key: String) -> Bool {
        key == "id" || key == "mid" || key.hasSuffix("_id") || key.hasSuffix("_ids") || key == "ids"
    }

    private static func isWord(_ text: String) -> Bool {
        text.utf8.count <= 40 && text.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || "_.-".utf8.contains($0) }
    }

    private static func isNumber(_ text: String) -> Bool {
        text.utf8.count <= 20 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
    }

    /// Digits and what joins them, or an order number of a shop.
    private static func isPlainID(_ text: String) -> Bool {
        text.utf8.count <= 64 && text.utf8.contains { (0x30...0x39).contains($0) }
            && text.utf8.allSatisfy {
                ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || (0x30...0x39).contains($0) || "_.-:".utf8.contains($0)
            }
    }

    private static func isPlainKey(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || (0x30...0x39).contains($0) || "_-".utf8.contains($0)
            }
    }

    private static func isTime(_ text: String) -> Bool {
        text.utf8.count <= 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || "-+:.TZ".utf8.contains($0) }
    }

    // MARK: fakes

    /// Letters for letters, digits for digits, the rest as it stands; `example.com` for what looks like an address.
    private func fake(_ text: String) -> String {
        if let at = text.lastIndex(of: "@"), text[text.index(after: at)...].contains(".") {
            return shaped(String(text[..<at])) + "@example.com"
        }
        return shaped(text)
    }

    private func shaped(_ text: String) -> String {
        var stream = Stream(seed: seed(text))
        return String(
            text.map { character in
                if character.isASCII, character.isNumber { return Self.digit(&stream) }
                guard character.isLetter else { return character }
                let letter = Self.letter(&stream)
                return character.isUppercase ? Character(letter.uppercased()) : letter
            })
    }

    private func digits(_ token: String) -> String {
        var stream = Stream(seed: seed(token))
        return String(
            token.enumerated().map { index, character in
                guard character.isNumber else { return character }
                return index == 0 ? "1" : Self.digit(&stream)
            })
    }

    /// A hash stays a hash; a raw value becomes a fake of its shape.
    private func hash(_ text: String) -> String {
        let isHex = text.utf8.count >= 32 && text.utf8.prefix(32).allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
        return isHex ? SHA256.hex(seed(text)) : fake(text)
    }

    /// `fb.1.1700000000000.` and an invented click.
    private func click(_ text: String) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4 else { return fake(text) }
        return parts.prefix(3).joined(separator: ".") + "." + shaped(String(parts[3]))
    }

    private static let kept: Set<String> = [
        "ad_id", "adset_id", "campaign_id", "utm_id", "utm_source", "utm_medium", "utm_content", "utm_campaign", "utm_term",
        "hsa_ad", "hsa_grp", "hsa_cam",
    ]

    /// Host and ids of ads stay; path and all other values of the query don't.
    private func url(_ text: String) -> String {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let host = parts[0].split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard host.count >= 3 else { return fake(text) }
        var result = host.prefix(3).joined(separator: "/") + "/"
        guard parts.count > 1 else { return result }
        let pairs = parts[1].split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { return String(pair.prefix(0)) }
            let isKept = Self.kept.contains(String(halves[0])) && Self.isPlainID(String(halves[1]))
            return
                "\(Self.isWord(String(halves[0])) ? String(halves[0]) : "x")=\(isKept ? String(halves[1]) : shaped(String(halves[1])))"
        }
        result += "?" + pairs.filter { !$0.isEmpty }.joined(separator: "&")
        return result
    }

    private func seed(_ text: String) -> [UInt8] { HMACSHA256.bytes(key: key, Array(text.utf8)) }

    private static func digit(_ stream: inout Stream) -> Character { Character(UnicodeScalar(0x30 + stream.next() % 10)) }
    private static func letter(_ stream: inout Stream) -> Character { Character(UnicodeScalar(0x61 + stream.next() % 26)) }

    /// Bytes without end from a seed.
    private struct Stream {
        private var block: [UInt8]
        private var index = 0

        init(seed: [UInt8]) { block = seed }

        mutating func next() -> UInt8 {
            if index == block.count {
                block = HMACSHA256.bytes(key: block, [])
                index = 0
            }
            defer { index += 1 }
            return block[index]
        }
    }
}
