import Core

/// `kind` of a source, and what only sources of that kind have.
extension SectionReader {
    func readKind(_ section: Members, into policy: inout SourcePolicy) {
        let kind = section["kind"]?.word(SourceKind.self) ?? .sdk
        policy.kind = kind
        readOrders(section, kind, into: &policy)
        readStages(section, kind, into: &policy)
    }

    /// Every WooCommerce shop counts its orders from 1, and an order's number is its event's id: in one dataset two shops' orders of the same
    /// number would be one. `taken` is the path of the shop that has each dataset so far.
    func refuseShared(_ datasets: [String], _ section: Members, of item: Cursor, _ taken: inout [String: String]) {
        for dataset in datasets {
            guard let other = taken.updateValue(item.path, forKey: dataset), other != item.path else { continue }
            section["datasets"]?.fault(
                "\(dataset) is the dataset of \(other) too, and WooCommerce shops have the same order numbers: expected one for each shop."
            )
        }
    }

    private func readStages(_ section: Members, _ kind: SourceKind, into policy: inout SourcePolicy) {
        for key in ["stages", "lead_event_source", "raw_lead"] where kind != .crm {
            section[key]?.fault("only a CRM has stages: expected it beside kind: crm.")
        }
        guard kind == .crm else { return }
        if let crm = section["lead_event_source"]?.text("the CRM's name, as Meta is told it") { policy.stages.crm = crm }
        if let place = section["raw_lead"] { readRawLead(place, into: &policy.stages) }
        guard let entries = section["stages"]?.entries(of: "the CRM's stages, each with the name of its event") else { return }
        for (stage, place) in entries { policy.stages.names[stage] = place.text("the name of an event") }
        if entries.isEmpty { section["stages"]?.fault("found no stage: expected at least one, or no stages at all.") }
    }

    private func readRawLead(_ cursor: Cursor, into stages: inout StagePolicy) {
        guard let section = cursor.members(["event", "consent"]) else { return }
        func filled(_ key: String, _ expected: String) -> String? {
            guard let place = section[key], let text = place.text(expected) else { return nil }
            if text.isEmpty { place.refuse(expected: expected) }
            return text
        }
        if let name = filled("event", "the name of an event") { stages.leadName = name }
        stages.leadConsent = filled("consent", "the key of a consent box of the form, or the name of an answer")
    }

    private func readOrders(_ section: Members, _ kind: SourceKind, into policy: inout SourcePolicy) {
        let isShop = kind == .shopify || kind == .woocommerce
        if isShop, section["secret"] == nil, section["secrets"] == nil {
            section["kind"]?.fault("a shop signs its webhooks: secret is missing.")
        }
        guard isShop else {
            for key in ["purchase_on", "content_ids"] {
                section[key]?.fault("only a shop has orders: expected it beside kind: shopify or woocommerce.")
            }
            return
        }
        if let moment = section["purchase_on"]?.word(OrderPolicy.Moment.self) { policy.orders.purchaseOn = moment }
        if let ids = section["content_ids"]?.word(OrderPolicy.ContentIDs.self) { policy.orders.contentIDs = ids }
    }
}
