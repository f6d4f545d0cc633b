import Core

/// `forms`, `moderation`, `retention`: what people send us, and how long it is kept.
extension SectionReader {
    func forms(_ cursor: Cursor) -> [LeadForm] {
        guard let items = cursor.items(of: "forms") else { return [] }
        var ids: [(String, Cursor)] = []
        let forms = items.compactMap { item -> LeadForm? in
            guard let section = item.members(["id", "fields"], required: ["id", "fields"]) else { return nil }
            let id = section["id"]?.id("the id of a form")
            if let id, let place = section["id"] { ids.append((id, place)) }
            let names = section["fields"].flatMap(fieldNames)
            guard let id, let names else { return nil }
            return LeadForm(id: id, names: names)
        }
        Self.refuseRepeats(ids, "the form")
        return forms
    }

    /// Meta's key of a question to our name for it.
    private func fieldNames(_ cursor: Cursor) -> [String: String]? {
        guard let entries = cursor.entries(of: "the form's keys, each with the name it gets") else { return nil }
        var names: [String: String] = [:]
        var taken: [(String, Cursor)] = []
        for (key, value) in entries {
            guard let name = value.name() else { continue }
            names[key] = name
            taken.append((name, value))
        }
        Self.refuseRepeats(taken, "the field")
        return names
    }

    // MARK: moderation

    func moderation(_ cursor: Cursor) -> [ModerationPolicy] {
        guard let items = cursor.items(of: "policies") else { return [] }
        var names: [(String, Cursor)] = []
        let policies = items.compactMap { item -> ModerationPolicy? in
            guard let section = item.members(["name", "rules"], required: ["name", "rules"]) else { return nil }
            let name = section["name"]?.name()
            if let name, let place = section["name"] { names.append((name, place)) }
            let rules = section["rules"]?.items(of: "rules")?.map(moderationRule) ?? []
            if section["rules"] != nil, rules.isEmpty { section["rules"]?.fault("found no rules, expected at least one.") }
            guard let name, !rules.contains(nil) else { return nil }
            return ModerationPolicy(name: name, rules: rules.compactMap(\.self))
        }
        Self.refuseRepeats(names, "the policy")
        return policies
    }

    private func moderationRule(_ cursor: Cursor) -> ModerationRule? {
        guard let section = cursor.members(["when", "do"], required: ["when", "do"]) else { return nil }
        let condition = section["when"].flatMap(moderationCondition)
        let actions = section["do"]?.items(of: "actions")?.map(moderationAction) ?? []
        if section["do"] != nil, actions.isEmpty {
            section["do"]?.fault("found no actions, expected hide, reply or private_reply.")
        }
        guard let condition, !actions.contains(nil) else { return nil }
        let known = actions.compactMap(\.self)
        for (index, action) in known.enumerated() where known[..<index].contains(where: { $0.kind == action.kind }) {
            section["do"]?.fault("\(action.kind) is there twice.")
        }
        return ModerationRule(condition: condition, actions: known)
    }

    private func moderationCondition(_ cursor: Cursor) -> ModerationCondition? {
        guard let section = cursor.members(["any_word", "has_link", "on_ad", "is_reply", "platform"]) else { return nil }
        var condition = ModerationCondition()
        condition.anyWord = section["any_word"]?.items(orOne: true, of: "words")?.compactMap { $0.text("a word") } ?? []
        if section["any_word"] != nil, condition.anyWord.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
            section["any_word"]?.fault("found an empty word, which is in every comment.")
        }
        condition.hasLink = section["has_link"].flatMap { $0.truth() }
        condition.onAd = section["on_ad"].flatMap { $0.truth() }
        condition.isReply = section["is_reply"].flatMap { $0.truth() }
        condition.platforms = Set(
            section["platform"]?.items(orOne: true, of: "platforms")?.compactMap { $0.word(SocialPlatform.self) } ?? [])
        if section.values.isEmpty {
            cursor.fault("found no condition, which is every comment: expected any_word, has_link, on_ad, is_reply or platform.")
        }
        return condition
    }

    private func moderationAction(_ cursor: Cursor) -> ModerationAction? {
        if cursor.isScalar {
            guard let text = cursor.text("hide, or {reply: TEXT}, or {private_reply: TEXT}") else { return nil }
            if text == "hide" { return .hide }
        } else if let (key, value) = cursor.onlyMember() {
            if key == "reply" { return value.text("the text of the answer").map(ModerationAction.reply) }
            if key == "private_reply" { return value.text("the text of the message").map(ModerationAction.privateReply) }
        }
        cursor.refuse(expected: "hide, {reply: TEXT} or {private_reply: TEXT}")
        return nil
    }

    // MARK: retention

    func retention(_ cursor: Cursor) -> RetentionPolicy {
        var policy = RetentionPolicy()
        let keys = ["deliveries", "events", "leads", "engagements", "conversions", "facts", "executions", "api_logs"]
        guard let section = cursor.members(keys) else { return policy }
        let day: Int64 = 86_400_000
        func read(_ key: String, least: Int64 = 1, _ path: WritableKeyPath<RetentionPolicy, Int64>) {
            if let ms = section[key]?.durationMs(least * day...3_650 * day) { policy[keyPath: path] = ms }
        }
        read("deliveries", least: 8, \.deliveriesMs)  // conversions are built from them for up to 7 days
        read("events", least: 8, \.eventsMs)
        read("leads", \.leadsMs)
        read("engagements", \.engagementsMs)
        read("conversions", least: 8, \.conversionsMs)
        read("facts", least: 90, \.factsMs)  // a rule's window goes back at most 90 days
        read("executions", \.executionsMs)
        read("api_logs", \.apiLogsMs)
        return policy
    }
}

extension ModerationAction {
    /// As in the file.
    fileprivate var kind: String {
        switch self {
        case .hide: "hide"
        case .reply: "reply"
        case .privateReply: "private_reply"
        }
    }
}
