/// What a request asks of a Page, of what hangs in one, or of a data set.
enum PageCall: Sendable {
    case pageList
    case page(Page)
    case forms(Page)
    case message(Page, Post.Network)
    case form(LeadForm)
    case leads(LeadForm)
    case testLeads(LeadForm)
    case makeTestLead(LeadForm)
    case lead(Lead)
    case deleteLead(Lead)
    case adLeads(Entity)
    case post(Post)
    case comments(Post)
    case commentOn(Post)
    case comment(Comment)
    case replies(Comment)
    case moderate(Comment)
    case reply(Comment)
    case deleteComment(Comment)
    case creative(Value, account: String)
    case events(Dataset)

    /// As the log calls it.
    var name: String {
        switch self {
        case .pageList: "page_list"
        case .page: "page"
        case .forms: "forms"
        case .message: "private_reply"
        case .form: "form"
        case .leads, .adLeads: "leads"
        case .testLeads: "test_leads"
        case .makeTestLead: "test_lead"
        case .lead: "lead"
        case .deleteLead: "delete_lead"
        case .post(let post): post.network == .facebook ? "post" : "media"
        case .comments, .replies: "comments"
        case .commentOn, .reply: "reply"
        case .comment: "comment"
        case .moderate: "hide"
        case .deleteComment: "delete_comment"
        case .creative: "creative"
        case .events: "events"
        }
    }

    var op: String {
        switch self {
        case .page, .form, .lead, .post, .comment, .creative: "node"
        case .pageList, .forms, .leads, .testLeads, .adLeads, .comments, .replies: "edge"
        case .message, .makeTestLead, .commentOn, .moderate, .reply: "write"
        case .deleteLead, .deleteComment: "delete"
        case .events: "events"
        }
    }

    var page: String? {
        switch self {
        case .page(let page), .forms(let page), .message(let page, _): page.id
        case .form(let form), .leads(let form), .testLeads(let form), .makeTestLead(let form): form.page
        case .lead(let lead), .deleteLead(let lead): lead.page
        case .post(let post), .comments(let post), .commentOn(let post): post.page
        case .comment(let comment), .replies(let comment), .moderate(let comment), .reply(let comment),
            .deleteComment(let comment):
            comment.page
        case .pageList, .adLeads, .creative, .events: nil
        }
    }

    var dataset: String? {
        guard case .events(let dataset) = self else { return nil }
        return dataset.id
    }
}

extension World {
    /// The call that a request is, when it is about Pages or data sets.
    func call(_ request: GraphRequest, _ token: KnownToken?) -> PageCall? {
        let segments = request.segments
        guard let first = segments.first, segments.count <= 2 else { return nil }
        let edge = segments.count == 2 ? segments[1] : nil
        if first == "me", token?.page == nil {
            return request.method == "GET" && edge == "accounts" ? .pageList : nil
        }
        let id = first == "me" ? token?.page ?? first : first
        switch request.method {
        case "GET": return reading(id, edge)
        case "POST": return writing(id, edge)
        case "DELETE": return edge == nil ? deleting(id) : nil
        case _: return nil
        }
    }

    private func reading(_ id: String, _ edge: String?) -> PageCall? {
        if let page = pages.pages[id] { return edge == nil ? .page(page) : edge == "leadgen_forms" ? .forms(page) : nil }
        if let form = pages.forms[id] {
            switch edge {
            case nil: return .form(form)
            case "leads": return .leads(form)
            case "test_leads": return .testLeads(form)
            case _: return nil
            }
        }
        if let lead = pages.leads[id] { return edge == nil ? .lead(lead) : nil }
        if let post = pages.posts[id] { return edge == nil ? .post(post) : edge == "comments" ? .comments(post) : nil }
        if let comment = pages.comments[id] {
            return edge == nil ? .comment(comment) : edge == comment.network.replyEdge ? .replies(comment) : nil
        }
        if edge == "leads", let ad = tree[id], ad.level == .ad { return .adLeads(ad) }
        return edge == nil && tree[id] == nil ? creative(id) : nil
    }

    private func writing(_ id: String, _ edge: String?) -> PageCall? {
        if edge == "events", let dataset = pages.datasets[id] { return .events(dataset) }
        if edge == "messages" {
            if let page = pages.pages[id] { return .message(page, .facebook) }
            return pages.page(instagram: id).map { .message($0, .instagram) }
        }
        if edge == "test_leads" { return pages.forms[id].map(PageCall.makeTestLead) }
        if edge == "comments", let post = pages.posts[id] { return .commentOn(post) }
        guard let comment = pages.comments[id] else { return nil }
        return edge == nil ? .moderate(comment) : edge == comment.network.replyEdge ? .reply(comment) : nil
    }

    private func deleting(_ id: String) -> PageCall? {
        if let lead = pages.leads[id] { return .deleteLead(lead) }
        return pages.comments[id].map(PageCall.deleteComment)
    }

    private func creative(_ id: String) -> PageCall? {
        for ad in tree.entities.values where ad.level == .ad {
            if let creative = ad.extra["creative"], creative["id"]?.text == id {
                return .creative(creative, account: ad.account)
            }
        }
        return nil
    }
}

extension Post.Network {
    /// The edge where a comment's answers are.
    var replyEdge: String { self == .facebook ? "comments" : "replies" }
}
