import Foundation

/// Two Pages, their forms, leads, posts and comments, and two data sets; noon in London, the clock stands still.
enum Shop {
    static let system = Play.Token(
        text: "SYSTEM-TOKEN", proof: "b3a3e39bf9b61a68e19754fb9cb1c8dca8920d91ff53106db02af73224993621")
    static let page = Play.Token(
        text: "PAGE-TOKEN-700", proof: "2b17ca9575158e0454212baf5bdbebe4b1747be65775a8531795dd7c1048be3e")
    static let other = Play.Token(
        text: "PAGE-TOKEN-800", proof: "4fb83b0799c9255ca16c66c1748364c7ef803f3254a6fffbe0afab45e60ad002")
    static let readOnly = Play.Token.readOnly
    /// A user's token that is bound to Page 800.
    static let stranger = Play.Token.good

    /// Noon in London, in seconds.
    static let now: Int64 = 1_795_176_000

    static let scenario = """
        clock: {at: "2026-11-20T12:00:00Z", frozen: true}
        apps: [{id: 123, secret: app-secret-1}]
        tokens:
          - {token: SYSTEM-TOKEN, name: sys, app: 123, accounts: [1]}
          - {token: TOKEN-GOOD, name: good, app: 123, accounts: "*", pages: [800]}
          - {token: TOKEN-RO, name: ro, app: 123, accounts: [], read_only: true}
        accounts:
          - {id: 1, name: Belmonte, timezone: Europe/Warsaw, campaigns: [
            {id: 11, name: Summer, adsets: [{id: 111, name: Set, ads: [
              {id: 1111, name: Ad A, creative: {id: 9001, name: c, effective_object_story_id: 700_1,
                effective_instagram_media_id: 180, source_instagram_media_id: 179}},
              {id: 1112, name: Ad B, creative: {id: 9002, effective_object_story_id: 700_1}}, {id: 1113, name: Ad C}]}]}]}
        pages:
          - {id: 700, name: Shop, token: PAGE-TOKEN-700, access: [sys, TOKEN-RO], instagram: 17841400}
          - {id: 800, name: Other, token: PAGE-TOKEN-800}
        forms:
          - {id: 555, page: 700, name: Offer, questions: [full_name, email, "budget?"]}
          - {id: 556, page: 800, name: Else}
        leads:
          - {id: 441, form: 555, ad: 1111, created: -3600, fields: {email: a@b.c, full_name: Zoë Ærø},
             consents: [{checkbox_key: optional_1, is_checked: true}, {checkbox_key: optional_2, is_checked: false}]}
          - {id: 442, form: 555, created: -60, platform: ig, fields: [{name: size, values: [S, M]}]}
          - {id: 443, form: 555, ad: 1112, unreadable_for: 2, created: "2026-11-20T11:59:00Z", fields: {email: x@y.z}}
          - {id: 444, form: 555, ad: 1111, deleted: true}
          - {id: 445, form: 556, ad: 1111, created: 1795175000, fields: {email: o@p.q}}
        posts:
          - {id: 700_1, message: Buy, promotion_status: active, is_published: false, created: -86400}
        media:
          - {id: 180, page: 700, product_type: AD, ad: 1111, original: 179}
        comments:
          - {id: 1_1, post: 700_1, from: {id: 5, name: Ann}, message: How much?, created: -60}
          - {id: 1_2, post: 700_1, from: {id: 6, name: Bob}, message: Spam, parent: 1_1}
          - {id: 1_3, post: 700_1, from: {id: 700, name: Shop}, message: Ours}
          - {id: 1_4, post: 700_1, from: {id: 7, name: Old}, message: Late, created: -604801}
          - {id: 2_1, post: 700_2, message: Nobody}
          - {id: 1801, media: 180, from: {id: 8, username: ann}, message: Nice}
        datasets:
          - {id: 900, tokens: [sys]}
          - {id: 901, known_leads_only: true}
        """

    /// The shop with its calls made by the Page's token.
    static func with(_ head: String = "", _ body: (Play) async throws -> Void) async throws {
        try await Play.with(head + scenario, body)
    }
}

extension Play {
    /// A call with a JSON body and the token in the header.
    func json(_ method: String, _ path: String, _ text: String, _ token: Token? = Shop.page) async throws -> Answer {
        let proof = token.map { "?appsecret_proof=\($0.proof)" } ?? ""
        let headers = token.map { ["Authorization": "Bearer \($0.text)"] } ?? [:]
        return try await send(method, path + proof, headers, (text, "application/json"))
    }

    func control(_ method: String, _ name: String, _ body: String = "") async throws -> Answer {
        try await send(method, "/_emulator/\(name)", [:], body.isEmpty ? nil : (body, "application/json"))
    }
}
