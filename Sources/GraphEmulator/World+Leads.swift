extension World {
    /// A lead as it is read; every read of one that isn't readable yet brings it nearer.
    mutating func readLead(_ lead: Lead, _ token: KnownToken) throws(GraphFailure) -> PageNode {
        var lead = lead
        lead.reads += 1
        let isReadable = lead.isListed
        if !lead.isDeleted, lead.unreadableReads > 0 { lead.unreadableReads -= 1 }
        pages.leads.set(lead, lead.id)
        guard isReadable else { throw .missing(lead.id, verb: "get") }
        return node(lead, token)
    }

    func listLeads(
        _ isWanted: (Lead) -> Bool, _ request: GraphRequest, _ token: KnownToken, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        let times = try TimeFilter.parse(request.parameters["filtering"])
        let leads = pages.leads.all.filter { lead in
            isWanted(lead) && lead.isListed && times.allSatisfy { $0.admits(lead.createdMs / 1000) }
        }
        let newestFirst = leads.enumerated().sorted { ($1.element.createdMs, $1.offset) < ($0.element.createdMs, $0.offset) }
        try list(newestFirst.map { node($0.element, token) }, request, &outcome)
    }

    func node(_ lead: Lead, _ token: KnownToken) -> PageNode {
        let values: [String: Value?] = [
            "created_time": time(lead.createdMs), "form_id": .string(lead.form), "platform": .string(lead.platform),
            "is_organic": .bool(lead.isOrganic), "field_data": .array(lead.answers),
            "custom_disclaimer_responses": lead.consents.isEmpty ? nil : .array(lead.consents),
        ]
        return PageNode(
            type: "UserLeadGenInfo", id: lead.id, known: PostFields.lead,
            defaults: ["created_time", "id", "ad_id", "form_id", "field_data"],
            values: showsAd(lead, token) ? values.merging(adValues(lead)) { _, ad in ad } : values)
    }

    /// Organic leads have no ad, and whoever has no right to the account doesn't see it.
    private func showsAd(_ lead: Lead, _ token: KnownToken) -> Bool {
        guard !lead.isOrganic, let ad = lead.ad else { return false }
        if token.page != nil { return pages.pages[lead.page]?.showsAdFields ?? true }
        return tree[ad].map { token.mayRead($0.account) } ?? true
    }

    private func adValues(_ lead: Lead) -> [String: Value?] {
        let name = { (id: String?) in id.flatMap { self.tree[$0] }.map { Value.string($0.name) } }
        return [
            "ad_id": lead.ad.map(Value.string), "ad_name": name(lead.ad), "adset_id": lead.adset.map(Value.string),
            "adset_name": name(lead.adset), "campaign_id": lead.campaign.map(Value.string), "campaign_name": name(lead.campaign),
        ]
    }

    /// One test lead per form, with Meta's placeholders where no answer is given.
    mutating func makeTestLead(
        _ form: LeadForm, _ request: GraphRequest, _ token: KnownToken, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        try allow(.leads, form.page, token)
        guard !pages.leads.all.contains(where: { $0.form == form.id && $0.isTest && !$0.isDeleted }) else { throw .testLeadThere }
        let given = try Self.list(request.parameters["field_data"], "field_data", key: "name")
        let consents = try Self.list(
            request.parameters["custom_disclaimer_responses"], "custom_disclaimer_responses", key: "checkbox_key")
        let named = given.compactMap { $0["name"]?.text }
        let rest = form.questions.filter { !named.contains($0) }.map(Self.placeholder)
        let lead = Lead(
            id: pages.newID(), form: form.id, page: form.page, ad: nil, adset: nil, campaign: nil, createdMs: nowMs,
            platform: "fb", isOrganic: true, isTest: true, answers: given + rest, consents: consents.map(Self.consent),
            unreadableReads: 0, isDeleted: false)
        pages.leads.set(lead, lead.id)
        outcome.changed = [Change(id: form.id, level: "form", field: "test_lead", old: nil, new: lead.id)]
        outcome.ids = [lead.id]
        outcome.document = ["id": .string(lead.id)]
    }

    private static func placeholder(_ question: String) -> Value {
        let value = question == "email" ? "test@meta.com" : "<test lead: dummy data for \(question)>"
        return ["name": .string(question), "values": [.string(value)]]
    }

    private static func consent(_ given: Value) -> Value {
        let checked = ["1", "true"].contains(given["is_checked"]?.text ?? "")
        return [
            "checkbox_key": .string(given["checkbox_key"]?.text ?? ""), "is_checked": .string(checked ? "1" : ""),
        ]
    }

    private static func list(_ text: String?, _ name: String, key: String) throws(GraphFailure) -> [Value] {
        guard let text, !text.isEmpty else { return [] }
        guard case .array(let items)? = JSONReader.read(text) else { throw .parameter("param \(name) must be an array.") }
        for (index, item) in items.enumerated() where item[key]?.text == nil {
            throw .parameter("param \(name)[\(index)] must have a key '\(key)'.")
        }
        return items
    }

    mutating func delete(_ lead: Lead, _ token: KnownToken, _ outcome: inout Outcome) throws(GraphFailure) {
        try allow(.leads, lead.page, token)
        guard !lead.isDeleted else { throw .missing(lead.id, verb: "delete") }
        guard lead.isTest else { throw .leadsForbidden }
        var gone = lead
        gone.isDeleted = true
        pages.leads.set(gone, lead.id)
        outcome.changed = [Change(id: lead.id, level: "lead", field: "deleted", old: "false", new: "true")]
        outcome.ids = [lead.id]
        outcome.document = ["success": true]
    }
}
