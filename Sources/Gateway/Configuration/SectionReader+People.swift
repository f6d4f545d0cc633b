import Core

/// `sources`, `forms`, `moderation`, `retention`: what people send us, and how long it is kept.
extension SectionReader {
    func sources(_ cursor: Cursor, workspaces: [Settings.Workspace]) -> [Settings.Source] {
        guard let items = cursor.items(of: "sources") else { return [] }
        var names: [(String, Cursor)] = []
        var tokens: [String: String] = [:]
        let sources = items.compactMap { item -> Settings.Source? in
            let keys = [
                "name", "workspace", "token", "secret", "datasets", "consent", "rules", "strictness", "event_ids",
                "linger", "test_events",
            ]
            guard let section = item.members(keys, required: ["name", "workspace", "token", "datasets"]) else { return nil }
            if section["consent"] == nil {
                item.fault(
                    "consent is missing, and there is no default: expected consent: {from: PATH, without: drop | strip | send}.")
            }
            let name = section["name"]?.name()
            if let name, let place = section["name"] { names.append((name, place)) }
            let workspace = section["workspace"]?.name()
            if let workspace, let place = section["workspace"] {
                place.refuseUnknown(workspace, among: workspaces.map(\.name), "workspace")
            }
            let token = section["token"].flatMap(sourceToken)
            if let token, let place = section["token"] {
                if let other = tokens.updateValue(item.path, forKey: token.reveal()) {
                    place.fault("the same token is that of \(other): a token says who is sending.")
                }
            }
            let secret = section["secret"]?.secret("the secret that the source makes its proofs with")
            if section["secret"] == nil {
                item.warn("without a secret the source need not prove its requests: whoever learns its token can send.")
            }
            let datasets = section["datasets"].flatMap(self.datasets)
            let consent = section["consent"].flatMap(self.consent)
            let policy = sourcePolicy(section)
            let lingerMs = section["linger"]?.durationMs(0...60_000, orAtOnce: true) ?? Limits.conversionLingerMs
            let testEvents = section["test_events"]?.word(TestEvents.self) ?? .refuse
            guard let name, let workspace, let token, let datasets, let consent else { return nil }
            return Settings.Source(
                name: name, workspace: workspace, token: token, secret: secret, datasets: datasets, consent: consent,
                policy: policy,
                lingerMs: lingerMs, testEvents: testEvents)
        }
        Self.refuseRepeats(names, "the source")
        return sources
    }

    private func sourceToken(_ cursor: Cursor) -> Secret? {
        guard let token = cursor.secret("the source's token") else { return nil }
        guard token.reveal().utf8.count >= 16 else {
            cursor.fault("the source's token is shorter than 16 characters.")
            return nil
        }
        return token
    }

    private func datasets(_ cursor: Cursor) -> [String]? {
        guard let items = cursor.items(of: "datasets") else { return nil }
        guard !items.isEmpty else {
            cursor.fault("found an empty list, expected the ids of the datasets (pixels) that it may send to.")
            return nil
        }
        let places = items.map { item in (item.id("the id of a dataset"), item) }
        Self.refuseRepeats(places.compactMap { id, place in id.map { ($0, place) } }, "the dataset")
        let ids = places.compactMap(\.0)
        return ids.count == items.count ? ids : nil
    }

    /// There is no default: what happens to people's data without their consent is the operator's decision, in writing.
    private func consent(_ cursor: Cursor) -> ConsentPolicy? {
        guard let section = cursor.members(["from", "without"], required: ["from", "without"]) else { return nil }
        let path = section["from"].flatMap(eventPath)
        let without = section["without"]?.word(WithoutConsent.self)
        guard let path, let without else { return nil }
        return ConsentPolicy(path: path, without: without)
    }

    /// `custom_data.consent`.
    private func eventPath(_ cursor: Cursor) -> [String]? {
        let expected = "the path of a member of the event, such as custom_data.consent"
        guard let text = cursor.text(expected) else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isPath = parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || (0x30...0x39).contains($0) || $0 == 0x5f }
        }
        guard isPath, parts.count <= 8 else {
            cursor.refuse(expected: expected)
            return nil
        }
        return parts
    }

    // MARK: forms

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
