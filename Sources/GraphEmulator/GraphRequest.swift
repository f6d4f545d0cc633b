import Foundation

/// A request to the Graph API, read but not yet judged.
struct GraphRequest: Sendable {
    let method: String
    /// Without the version: `/act_1/ads`.
    let path: String
    /// `v26.0`, when the path named one.
    let version: String?
    let query: [String: String]
    /// The query as it came, for the address of the next page.
    let queryPairs: [(name: String, value: String)]
    let form: [String: String]
    let authorization: String?
    /// `http://127.0.0.1:8080`, for the address of the next page.
    let origin: String
    /// Why the body can't be read; the answer, once the request is in the log.
    let fault: GraphFailure?

    /// What must never be written to a log.
    static let secretParameters: Set<String> = [
        "access_token", "appsecret_proof", "client_secret", "input_token", "fb_exchange_token",
    ]

    /// What may stand in the log of a call that isn't about ads: nobody's words are in it.
    private static let harmlessParameters: Set<String> = [
        "fields", "limit", "after", "before", "filter", "order", "summary", "is_hidden", "hide", "test_event_code",
        "appsecret_time", "validate_only", "messaging_type", "ad_id",
    ]

    /// What may stand in none.
    private static let wordParameters: Set<String> = [
        "message", "text", "data", "field_data", "custom_disclaimer_responses", "recipient", "user_data",
    ]

    /// Parameters as the log has them: no secrets, and nothing that a person wrote.
    static func shown(_ params: [String: String], isAds: Bool) -> [String: String] {
        let kept = params.filter { !secretParameters.contains($0.key) }
        return Dictionary(
            uniqueKeysWithValues: kept.map { name, value in
                let isShown = isAds ? !wordParameters.contains(name) : isHarmless(name, value)
                return (name, isShown ? value : "[withheld]")
            })
    }

    private static func isHarmless(_ name: String, _ value: String) -> Bool {
        harmlessParameters.contains(name) || (name == "filtering" && (try? TimeFilter.parse(value)) != nil)
    }

    var segments: [String] { path.split(separator: "/").map(String.init) }

    /// Query and form together; a form's value goes before a query's.
    var parameters: [String: String] { query.merging(form) { _, form in form } }

    init(
        method: String, target: String, authorization: String?, contentType: String?, body: Result<[UInt8], GraphFailure>,
        origin: String
    ) {
        self.method = method
        self.authorization = authorization
        self.origin = origin
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = String(parts.first ?? "/")
        let match = whole.firstMatch(of: /^\/(v\d+\.\d+)(?=\/|$)/)
        version = match.map { String($0.1) }
        let rest = match.map { String(whole[$0.range.upperBound...]) } ?? whole
        path = rest.isEmpty ? "/" : rest
        queryPairs = parts.count == 2 ? Self.pairs(String(parts[1])) : []
        query = Dictionary(queryPairs.map { ($0.name, $0.value) }) { _, last in last }
        do throws(GraphFailure) {
            form = try Self.form(body.get(), contentType: contentType)
            fault = nil
        } catch {
            form = [:]
            fault = error
        }
    }

    private static func form(_ body: [UInt8], contentType: String?) throws(GraphFailure) -> [String: String] {
        guard !body.isEmpty else { return [:] }
        if contentType?.hasPrefix("application/json") == true {
            guard let value = try? JSONReader.read(body), case .object(let members) = value else {
                throw .parameter("The request body is not a JSON object.")
            }
            return Dictionary(members.map { ($0.key, $0.value.parameter) }) { _, last in last }
        }
        guard contentType?.hasPrefix("multipart/") != true else {
            throw .parameter("graph-emulator reads forms and JSON, not multipart.")
        }
        return Dictionary(pairs(String(decoding: body, as: UTF8.self)).map { ($0.name, $0.value) }) { _, last in last }
    }

    private static func pairs(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(decoded)
            return (parts[0], parts.count == 2 ? parts[1] : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }

    /// The address of the page after a cursor: what was asked, as it was asked. A token is in it only
    /// if it came in the query; a proof never is.
    func address(after cursor: String, path: String? = nil, extra: [(String, String)]? = nil) -> String {
        let kept = (extra ?? queryPairs.map { ($0.name, $0.value) }).filter {
            !["after", "before", "appsecret_proof", "appsecret_time"].contains($0.0)
        }
        let pairs = (kept + [("after", cursor)]).map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }
        return "\(origin)/\(version ?? "v26.0")\(path ?? self.path)?\(pairs.joined(separator: "&"))"
    }

    private static func encoded(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
    }
}
