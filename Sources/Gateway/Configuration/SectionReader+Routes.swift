import Core
import Signing

/// What the steps of a chain can refer to.
struct ChainNames {
    let destinations: [Settings.Destination]
    let moderation: [ModerationPolicy]
    let sources: [String]
    /// The sources of kind `crm` among them.
    let crms: [String]
}

/// `destinations` and `routes`.
extension SectionReader {
    func destinations(_ cursor: Cursor) -> [Settings.Destination] {
        guard let items = cursor.items(of: "destinations") else { return [] }
        var names: [(String, Cursor)] = []
        let destinations = items.compactMap { destination($0, names: &names) }
        Self.refuseRepeats(names, "the destination")
        return destinations
    }

    /// Whatever has a name is given on, so that routes and rules that refer to it are not blamed too.
    private func destination(_ cursor: Cursor, names: inout [(String, Cursor)]) -> Settings.Destination? {
        let keys = ["name", "url", "as", "secret", "timeout", "per_second", "breaker", "allow_private", "test_leads", "roots"]
        guard let section = cursor.members(keys, required: ["name", "url"]) else { return nil }
        let name = section["name"]?.name()
        if let name, let place = section["name"] { names.append((name, place)) }
        let url = section["url"]?.url("the destination's URL", isSecret: true)
        let form = section["as"].map { $0.word(Settings.DestinationForm.self) } ?? .standard
        let secret = section["secret"]?.secret("the secret that signs what is sent")
        // A call longer than `outgoingCallMs` could outlive the lease of the work it belongs to.
        let timeout = section["timeout"].map { $0.durationMs(100...Limits.outgoingCallMs) } ?? 10_000
        let perSecond = section["per_second"].map { $0.integer(1...1_000) } ?? 10
        let breaker = section["breaker"].flatMap(self.breaker) ?? BreakerPolicy()
        let allowPrivate = section["allow_private"].map { $0.truth() } ?? false
        let testLeads = section["test_leads"].map { $0.truth() } ?? false
        if let secret, section["secret"]?.rawText != nil, StandardWebhooks.key(of: secret.reveal()) == nil {
            section["secret"]?.fault("a secret that begins with whsec_ must go on in base64.")
        }
        switch form {
        case .standard where section["secret"] == nil:
            cursor.fault("secret is missing: what is sent as standard is signed with it.")
        case .received, .slack:
            section["secret"]?.warn("nothing is signed as \(form?.rawValue ?? ""); the secret is of no use here.")
        case .standard, nil: break
        }
        guard let name else { return nil }
        return Settings.Destination(
            name: name, url: Secret(url?.text ?? ""), form: form ?? .standard, secret: secret, timeoutMs: timeout ?? 10_000,
            perSecond: perSecond ?? 10, breaker: breaker,
            allowPrivate: (allowPrivate ?? false) || url?.address.isLoopback == true,
            testLeads: testLeads ?? false,
            roots: section["roots"]?.file("the roots (PEM) that the destination's certificate goes back to", in: directory))
    }

    private func breaker(_ cursor: Cursor) -> BreakerPolicy? {
        guard let section = cursor.members(["after", "for"]) else { return nil }
        let usual = BreakerPolicy()
        let after = section["after"].map { $0.integer(1...1_000) } ?? usual.after
        let forMs = section["for"].map { $0.durationMs(1_000...3_600_000) } ?? usual.forMs
        return after.flatMap { after in forMs.map { BreakerPolicy(after: after, forMs: $0) } }
    }

    func routes(_ cursor: Cursor, names known: ChainNames) -> [Route] {
        guard let items = cursor.items(of: "routes") else { return [] }
        if items.count > Limits.routesMax {
            cursor.fault("found \(items.count) routes, expected at most \(Limits.routesMax).")
        }
        var names: [(String, Cursor)] = []
        let routes = items.enumerated().compactMap { ordinal, item -> Route? in
            guard let section = item.members(["name", "match", "chain"], required: ["name", "match", "chain"]) else { return nil }
            let name = section["name"]?.name()
            if let name, let place = section["name"] { names.append((name, place)) }
            let match = section["match"].flatMap { self.match($0, sources: known.sources) }
            let chain = section["chain"].flatMap { self.chain($0, names: known) }
            guard let name, let match, let chain else { return nil }
            return Route(ordinal: ordinal, name: name, match: match, chain: chain)
        }
        Self.refuseRepeats(names, "the route")
        warnOfUnsentReports(routes, cursor)
        return routes
    }

    private func match(_ cursor: Cursor, sources: [String]) -> RouteMatch? {
        guard let section = cursor.members(["object", "field"], required: ["object"]) else { return nil }
        let objects = section["object"].flatMap { words($0, "an object such as page") }
        if let object = section["object"], objects?.contains("conversion") == true, sources.isEmpty {
            object.warn("no source may send conversions: no event of object \"conversion\" can come.")
        }
        let fields = section["field"].map { words($0, "a field such as leadgen") } ?? []
        guard let objects, let fields else { return nil }
        return RouteMatch(objects: objects, fields: fields)
    }

    /// A word, a list of words, or `*` for all: the empty set.
    private func words(_ cursor: Cursor, _ what: String) -> Set<String>? {
        let expected = "\(what), a list of them, or *"
        guard let items = cursor.items(orOne: true, of: "words, each \(what)") else { return nil }
        guard !items.isEmpty else {
            cursor.fault("found an empty list, which matches nothing; expected \(expected).")
            return nil
        }
        let words = items.map { item -> String? in
            guard let text = item.text(expected) else { return nil }
            let isWord =
                !text.isEmpty
                && text.utf8.allSatisfy {
                    ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5f
                }
            guard isWord || (text == "*" && items.count == 1) else {
                item.refuse(expected: expected)
                return nil
            }
            return text
        }
        guard !words.contains(nil) else { return nil }
        return words == ["*"] ? [] : Set(words.compactMap(\.self))
    }

    private func chain(_ cursor: Cursor, names: ChainNames) -> [ChainStep]? {
        guard let items = cursor.items(of: "handlers") else { return nil }
        guard !items.isEmpty else {
            cursor.fault("found an empty list, expected at least one handler.")
            return nil
        }
        var given: Set<Slot> = []
        let steps = items.map { item -> ChainStep? in
            guard let (name, argument) = handlerCall(item), let contract = contract(of: name, at: item) else { return nil }
            let missing = contract.needs.subtracting(given)
            if !missing.isEmpty {
                let slots = missing.map(\.rawValue).sorted()
                let givers = handlers.filter { !$0.gives.isDisjoint(with: missing) }.map(\.name)
                item.fault(
                    "\(name) needs \(NearMiss.list(slots)), which no handler before it gives; expected \(NearMiss.list(givers)) before it."
                )
            }
            refuseBlindPolicy(argument, of: contract, given: given, names: names)
            given.formUnion(contract.gives)
            return step(contract, argument, at: item, names: names)
        }
        return steps.contains(nil) ? nil : steps.compactMap(\.self)
    }

    /// A policy that asks whether a comment is on an ad would never know it without the ads.
    private func refuseBlindPolicy(_ argument: Cursor?, of contract: HandlerContract, given: Set<Slot>, names: ChainNames) {
        guard case .moderation = contract.argument, let argument, !given.contains(.ads),
            let policy = names.moderation.first(where: { $0.name == argument.rawText }),
            policy.rules.contains(where: { $0.condition.onAd != nil })
        else { return }
        let givers = handlers.filter { $0.gives.contains(.ads) && $0.argument == .none }.map(\.name)
        argument.fault(
            "the policy \"\(policy.name)\" asks on_ad, which is not known here; expected \(NearMiss.list(givers)) before \(contract.name)."
        )
    }

    /// `touch` or `{forward: old-app}`.
    private func handlerCall(_ cursor: Cursor) -> (name: String, argument: Cursor?)? {
        if cursor.isScalar { return cursor.text("the name of a handler").map { ($0, nil) } }
        guard let (key, value) = cursor.onlyMember() else {
            cursor.refuse(expected: "a handler: its name, or {name: argument}")
            return nil
        }
        return (key, value)
    }

    private func contract(of name: String, at cursor: Cursor) -> HandlerContract? {
        if let contract = handlers.first(where: { $0.name == name }) { return contract }
        cursor.refuseUnknown(name, among: handlers.map(\.name), "handler")
        return nil
    }

    private func step(
        _ contract: HandlerContract, _ argument: Cursor?, at cursor: Cursor, names: ChainNames
    ) -> ChainStep? {
        switch (contract.argument, argument) {
        case (.none, nil):
            return ChainStep(handler: contract.name)
        case (.none, let argument?):
            argument.fault("\(contract.name) takes no argument; expected \(contract.name) by itself.")
            return nil
        case (.destination, nil):
            cursor.fault("\(contract.name) needs a destination; expected {\(contract.name): NAME}.")
            return nil
        case (.destination(let forms), let argument?):
            guard let name = argument.destination(forms: forms, for: contract.name, among: names.destinations) else {
                return nil
            }
            return ChainStep(handler: contract.name, argument: name)
        case (.moderation, nil):
            cursor.fault("\(contract.name) needs a policy of the section moderation; expected {\(contract.name): NAME}.")
            return nil
        case (.moderation, let argument?):
            guard let name = argument.name() else { return nil }
            argument.refuseUnknown(name, among: names.moderation.map(\.name), "moderation policy")
            return ChainStep(handler: contract.name, argument: name)
        case (.crm, nil):
            cursor.fault("\(contract.name) needs a source of kind crm; expected {\(contract.name): NAME}.")
            return nil
        case (.crm, let argument?):
            return argument.crm(names).map { ChainStep(handler: contract.name, argument: $0) }
        }
    }
}
