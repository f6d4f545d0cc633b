import Foundation

extension World {
    /// Carries out what a request asks of a Page or a data set.
    mutating func work(
        _ call: PageCall, _ request: GraphRequest, _ access: Access, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        guard let token = access.token else { throw .noToken }
        outcome.op = call.op
        if call.op != "node", call.op != "edge", token.readOnly { throw .readOnlyToken }
        switch call {
        case .pageList, .page, .forms, .form, .leads, .testLeads, .adLeads, .post, .comments, .comment, .replies, .creative:
            try read(call, request, token, nowMs, &outcome)
        case .lead(let lead):
            try allow(.leads, lead.page, token)
            // by itself: as an argument of `give` it would copy the whole world first
            let read = try readLead(lead, token)
            try give(read, request, &outcome)
        case .deleteLead(let lead): try delete(lead, token, &outcome)
        case .makeTestLead(let form): try makeTestLead(form, request, token, nowMs, &outcome)
        case .message(let page, let network): try message(page, network, request, token, nowMs, &outcome)
        case .commentOn(let post): try answer(post, parent: nil, request, token, nowMs, &outcome)
        case .reply(let comment):
            guard let post = pages.posts[comment.post] else { throw .missing(comment.id, verb: "post") }
            try answer(post, parent: comment, request, token, nowMs, &outcome)
        case .moderate(let comment): try moderate(comment, request, token, &outcome)
        case .deleteComment(let comment): try delete(comment, token, &outcome)
        case .events(let dataset): try take(dataset, request, token, nowMs, &outcome)
        }
    }

    private func read(
        _ call: PageCall, _ request: GraphRequest, _ token: KnownToken, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        switch call {
        case .pageList: try list(pages.pages.all.filter { $0.lets(token) }.map { node($0, token) }, request, &outcome)
        case .page(let page): try give(node(page, token), request, &outcome)
        case .forms(let page):
            try allow(.leads, page.id, token)
            try list(pages.forms.all.filter { $0.page == page.id }.map(node), request, &outcome)
        case .form(let form):
            try allow(.leads, form.page, token)
            try give(node(form), request, &outcome)
        case .leads(let form):
            try allow(.leads, form.page, token)
            try listLeads({ $0.form == form.id }, request, token, &outcome)
        case .testLeads(let form):
            try allow(.leads, form.page, token)
            try listLeads({ $0.form == form.id && $0.isTest }, request, token, &outcome)
        case .adLeads(let ad):
            guard token.mayRead(ad.account) || token.page != nil else { throw .missing(ad.id, verb: "get") }
            outcome.account = ad.account
            try listLeads({ $0.ad == ad.id && self.pages.pages[$0.page]?.lets(token) == true }, request, token, &outcome)
        case .post(let post):
            try allow(.reading, post.page, token)
            try give(node(post), request, &outcome)
        case .comments(let post):
            try allow(.reading, post.page, token)
            let isStream = request.parameters["filter"] == "stream"
            try list(pages.comments(on: post, isStream: isStream).map { node($0, nowMs) }, request, &outcome)
        case .comment(let comment):
            try allow(.reading, comment.page, token)
            guard !comment.isDeleted else { throw .missing(comment.id, verb: "get") }
            try give(node(comment, nowMs), request, &outcome)
        case .replies(let comment):
            try allow(.reading, comment.page, token)
            guard !comment.isDeleted else { throw .missing(comment.id, verb: "get") }
            let replies = comment.replies.compactMap { pages.comments[$0] }.filter { !$0.isDeleted }
            try list(replies.map { node($0, nowMs) }, request, &outcome)
        case .creative(let creative, let account):
            let made = Self.creative(creative, account)
            guard token.mayRead(account) else { throw .missing(made.id, verb: "get") }
            outcome.account = account
            try give(made, request, &outcome)
        case .message, .makeTestLead, .lead, .deleteLead, .commentOn, .moderate, .reply, .deleteComment, .events: return
        }
    }

    /// What a token must be allowed, and what it is told when it is not.
    enum Right {
        case leads, reading, moderating
    }

    func allow(_ right: Right, _ page: String, _ token: KnownToken) throws(GraphFailure) {
        guard pages.pages[page]?.lets(token) != true else { return }
        switch right {
        case .leads: throw .leadsForbidden
        case .reading: throw .commentsForbidden
        case .moderating: throw token.page == nil ? .pageTokenNeeded : .moderationForbidden
        }
    }

    func give(_ node: PageNode, _ request: GraphRequest, _ outcome: inout Outcome) throws(GraphFailure) {
        outcome.document = try node.document(FieldSelection.parse(request.parameters["fields"] ?? ""))
        (outcome.rows, outcome.ids) = (1, [node.id])
    }

    func list(_ nodes: [PageNode], _ request: GraphRequest, _ outcome: inout Outcome) throws(GraphFailure) {
        let fields = try FieldSelection.parse(request.parameters["fields"] ?? "")
        let (page, paging) = try Paging(request.parameters).page(of: nodes) { request.address(after: $0) }
        var data: [Value] = []
        for node in page { data.append(try node.document(fields)) }
        outcome.document = Self.document(data, paging)
        (outcome.rows, outcome.ids) = (data.count, page.map(\.id))
    }

    static let utc = TimeZone(secondsFromGMT: 0) ?? .current

    func time(_ ms: Int64) -> Value { .string(Moment.text(ms, in: Self.utc)) }

    private func node(_ page: Page, _ token: KnownToken) -> PageNode {
        PageNode(
            type: "Page", id: page.id, known: PostFields.page, defaults: ["name", "id"],
            values: [
                "name": .string(page.name), "access_token": page.lets(token) ? .string(page.token) : nil,
                "instagram_business_account": page.instagram.map { ["id": .string($0)] },
                "link": .string("https://www.facebook.com/\(page.id)"),
                "tasks": page.lets(token) ? ["ADVERTISE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE"] : nil,
            ])
    }

    private func node(_ form: LeadForm) -> PageNode {
        let count = pages.leads.all.count { $0.form == form.id && $0.isListed }
        return PageNode(
            type: "LeadGenData", id: form.id, known: PostFields.form, defaults: ["id", "name", "status"],
            values: [
                "name": .string(form.name), "status": .string(form.status), "page_id": .string(form.page),
                "page": ["id": .string(form.page), "name": .string(pages.pages[form.page]?.name ?? "")],
                "leads_count": .integer(count), "expired_leads_count": 0, "created_time": time(form.createdMs),
                "questions": .array(form.questions.map { ["key": .string($0), "label": .string($0)] }),
            ])
    }

    private func node(_ post: Post) -> PageNode {
        var values = post.fields as [String: Value?]
        if post.network == .instagram {
            values["timestamp"] = time(post.createdMs)
            values["media_product_type"] = post.fields["media_product_type"] ?? "FEED"
            return PageNode(type: "IGMedia", id: post.id, known: PostFields.media, defaults: ["id"], values: values)
        }
        values["created_time"] = time(post.createdMs)
        values["promotion_status"] = post.fields["promotion_status"] ?? "inactive"
        values["is_published"] = post.fields["is_published"] ?? true
        values["permalink_url"] = post.fields["permalink_url"] ?? .string("https://www.facebook.com/\(post.id)")
        return PageNode(
            type: "Post", id: post.id, known: PostFields.post, defaults: ["created_time", "message", "id"], values: values)
    }

    static func creative(_ creative: Value, _ account: String) -> PageNode {
        let members = creative.members.map { ($0.key, $0.value as Value?) }
        var values = Dictionary(members) { _, last in last }
        for (key, value) in values where key.hasSuffix("_id") { values[key] = value?.text.map(Value.string) }
        values["account_id"] = .string(account)
        return PageNode(
            type: "AdCreative", id: creative["id"]?.text ?? "", known: PostFields.creative.union(values.keys), defaults: ["id"],
            values: values)
    }
}
