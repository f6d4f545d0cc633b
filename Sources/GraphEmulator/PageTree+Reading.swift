extension PageTree {
    /// What a scenario can list beside the Pages; the order in which it is read.
    enum Kind: String, CaseIterable {
        case forms, leads, posts, media, comments
    }

    /// Reads everything but the Pages and the data sets; offsets count from a moment.
    mutating func read(_ root: ScenarioEntry, nowMs: Int64, ads: AdTree) throws(ScenarioError) -> [String] {
        var ids: [String] = []
        for kind in Kind.allCases {
            for entry in try root.list(kind.rawValue) { ids.append(try read(kind, entry, nowMs: nowMs, ads: ads)) }
        }
        return ids
    }

    mutating func read(_ kind: Kind, _ entry: ScenarioEntry, nowMs: Int64, ads: AdTree) throws(ScenarioError) -> String {
        if let id = try entry.text("id"), has(id) || ads[id] != nil {
            throw entry.fault("has an id that is there already: \(id)")
        }
        switch kind {
        case .forms: return try readForm(entry, nowMs)
        case .leads: return try readLead(entry, nowMs, ads)
        case .posts: return try readPost(entry, .facebook, nowMs)
        case .media: return try readPost(entry, .instagram, nowMs)
        case .comments: return try readComment(entry, nowMs)
        }
    }

    private func page(_ id: String, _ entry: ScenarioEntry) throws(ScenarioError) -> Page {
        guard let page = pages[id] else { throw entry.fault("names a page that isn't in 'pages'") }
        return page
    }

    private mutating func readForm(_ entry: ScenarioEntry, _ nowMs: Int64) throws(ScenarioError) -> String {
        try entry.keys(among: ["id", "page", "name", "status", "questions", "created"])
        let id = try entry.needed("id")
        var questions: [String] = []
        for question in try entry.list("questions") { questions.append(try question.text()) }
        let form = LeadForm(
            id: id, page: try page(entry.needed("page"), entry).id, name: try entry.text("name") ?? id,
            status: try entry.text("status") ?? "ACTIVE", questions: questions.isEmpty ? ["full_name", "email"] : questions,
            createdMs: try entry.created(nowMs))
        forms.set(form, id)
        return id
    }

    private mutating func readLead(_ entry: ScenarioEntry, _ nowMs: Int64, _ ads: AdTree) throws(ScenarioError) -> String {
        try entry.keys(among: [
            "id", "form", "ad", "adset", "campaign", "created", "platform", "is_organic", "test", "fields", "consents",
            "unreadable_for", "deleted",
        ])
        guard let form = forms[try entry.needed("form")] else { throw entry.fault("names a form that isn't in 'forms'") }
        let ad = try entry.text("ad")
        let above = ad.flatMap { ads[$0] }
        let lead = Lead(
            id: try entry.text("id") ?? newID(), form: form.id, page: form.page, ad: ad,
            adset: try entry.text("adset") ?? above?.adset, campaign: try entry.text("campaign") ?? above?.campaign,
            createdMs: try entry.created(nowMs), platform: try entry.text("platform") ?? "fb",
            isOrganic: try entry.flag("is_organic") ?? (ad == nil), isTest: try entry.flag("test") ?? false,
            answers: try entry["fields"]?.answers() ?? [], consents: try entry["consents"]?.consents() ?? [],
            unreadableReads: try entry.integer("unreadable_for") ?? 0, isDeleted: try entry.flag("deleted") ?? false)
        leads.set(lead, lead.id)
        return lead.id
    }

    private mutating func readPost(
        _ entry: ScenarioEntry, _ network: Post.Network, _ nowMs: Int64
    ) throws(ScenarioError) -> String {
        let id = try entry.needed("id")
        let owner = network == .facebook ? String(id.prefix { $0 != "_" }) : nil
        guard let given = try entry.text("page") ?? owner else { throw entry.fault("needs 'page'") }
        let known = network == .facebook ? PostFields.post : PostFields.media
        var fields: [String: Value] = [:]
        for (key, field) in try entry.members() where !["id", "page", "created"].contains(key) {
            let name = network == .instagram ? PostFields.mediaNames[key] ?? key : key
            guard known.contains(name) else { throw entry.fault("doesn't know the key '\(key)'") }
            let isID = ["ad_id", "original_media_id", "promotable_id"].contains(name)
            fields[name] = isID ? field.value.text.map(Value.string) : field.value
        }
        let post = Post(
            id: id, page: try page(given, entry).id, network: network, createdMs: try entry.created(nowMs), fields: fields)
        posts.set(post, id)
        return id
    }

    private mutating func readComment(_ entry: ScenarioEntry, _ nowMs: Int64) throws(ScenarioError) -> String {
        try entry.keys(among: [
            "id", "post", "media", "parent", "from", "message", "created", "is_hidden", "can_hide", "can_reply_privately",
        ])
        let post = try postOfComment(entry, nowMs)
        let page = try page(post.page, entry)
        let from = entry["from"]?.value.withTextID
        let isOwn = from?["id"]?.text.map { $0 == page.id || $0 == page.instagram } ?? false
        let parent = try entry.text("parent")
        guard parent.map({ comments[$0]?.post == post.id }) ?? true else {
            throw entry.fault("answers a comment that isn't on its post")
        }
        let comment = Comment(
            id: try entry.text("id") ?? newCommentID(on: post), page: page.id, network: post.network, post: post.id,
            parent: parent, from: from, message: try entry.text("message") ?? "", createdMs: try entry.created(nowMs),
            isOwn: isOwn, isHidden: try entry.flag("is_hidden") ?? false, canHide: try entry.flag("can_hide") ?? !isOwn,
            canReplyPrivately: try entry.flag("can_reply_privately") ?? !isOwn)
        add(comment)
        return comment.id
    }

    /// The post of a comment; one that wasn't listed is made.
    private mutating func postOfComment(_ entry: ScenarioEntry, _ nowMs: Int64) throws(ScenarioError) -> Post {
        if let id = try entry.text("media") {
            guard let media = posts[id] else { throw entry.fault("names a media that isn't in 'media'") }
            return media
        }
        let id = try entry.needed("post")
        if let post = posts[id] { return post }
        let owner = try page(String(id.prefix { $0 != "_" }), entry)
        let post = Post(id: id, page: owner.id, network: .facebook, createdMs: try entry.created(nowMs), fields: [:])
        posts.set(post, id)
        return post
    }
}

extension ScenarioEntry {
    /// `created`: a moment, unix seconds, or seconds from `nowMs`.
    func created(_ nowMs: Int64) throws(ScenarioError) -> Int64 {
        guard let entry = self["created"] else { return nowMs }
        guard let seconds = Int64(try entry.text()) else { return try entry.moment() }
        return abs(seconds) < 100_000_000 ? nowMs + seconds * 1000 : seconds * 1000
    }

    /// A list of `{name, values}`, or a mapping of names to a value or values.
    func answers() throws(ScenarioError) -> [Value] {
        var answers: [Value] = []
        guard isList else {
            for (name, entry) in try members() { answers.append(try Self.answer(name, entry)) }
            return answers
        }
        for item in try items() {
            guard let values = item["values"] else { throw item.fault("needs 'values'") }
            answers.append(try Self.answer(item.needed("name"), values))
        }
        return answers
    }

    private static func answer(_ name: String, _ entry: ScenarioEntry) throws(ScenarioError) -> Value {
        var values: [Value] = []
        for item in entry.isList ? try entry.items() : [entry] { values.append(.string(try item.text())) }
        return ["name": .string(name), "values": .array(values)]
    }

    /// A list of `{checkbox_key, is_checked}`.
    func consents() throws(ScenarioError) -> [Value] {
        var consents: [Value] = []
        for item in try items() {
            let checked = try ["1", "true"].contains(item.text("is_checked") ?? "")
            consents.append([
                "checkbox_key": .string(try item.needed("checkbox_key")), "is_checked": .string(checked ? "1" : ""),
            ])
        }
        return consents
    }
}

extension Value {
    /// The same object with its id as a text.
    fileprivate var withTextID: Value {
        guard case .object(let members) = self else { return self }
        return .object(
            members.map { $0.key == "id" ? Member(key: "id", value: $0.value.text.map(Value.string) ?? .null) : $0 })
    }
}
