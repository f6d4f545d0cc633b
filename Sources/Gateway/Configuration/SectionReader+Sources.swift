import Core

/// `sources`: who may send conversions.
extension SectionReader {
    func sources(_ cursor: Cursor, workspaces: [Settings.Workspace]) -> [Settings.Source] {
        guard let items = cursor.items(of: "sources") else { return [] }
        var names: [(String, Cursor)] = []
        var tokens: [String: String] = [:]
        var wooDatasets: [String: String] = [:]
        let sources = items.compactMap { item -> Settings.Source? in
            let keys = [
                "name", "workspace", "token", "tokens", "secret", "secrets", "datasets", "copies", "consent", "rules",
                "strictness",
                "event_ids", "linger", "test_events", "kind", "purchase_on", "content_ids", "stages", "lead_event_source",
                "raw_lead",
            ]
            guard let section = item.members(keys, required: ["name", "workspace", "datasets"]) else { return nil }
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
            let credentials = sourceCredentials(item, section, tokens: &tokens)
            let datasets = section["datasets"].flatMap {
                self.datasets($0, "the ids of the datasets (pixels) that it may send to")
            }
            let copies = section["copies"].map { self.copies($0, of: datasets) } ?? []
            let consent = section["consent"].flatMap(self.consent)
            let policy = sourcePolicy(section)
            if policy.kind == .woocommerce { refuseShared((datasets ?? []) + copies, section, of: item, &wooDatasets) }
            let lingerMs = section["linger"]?.durationMs(0...60_000, orAtOnce: true) ?? Limits.conversionLingerMs
            let testEvents = section["test_events"]?.word(TestEvents.self) ?? .refuse
            guard let name, let workspace, let credentials, let datasets, let consent else { return nil }
            return Settings.Source(
                name: name, workspace: workspace, tokens: credentials.tokens, secrets: credentials.secrets, datasets: datasets,
                consent: consent, policy: policy, lingerMs: lingerMs, testEvents: testEvents, copies: copies)
        }
        Self.refuseRepeats(names, "the source")
        return sources
    }

    /// They take the place of other positions of a delivery, which are few.
    private func copies(_ cursor: Cursor, of datasets: [String]?) -> [String] {
        let ids = self.datasets(cursor, "the ids of the datasets that get a copy of each event") ?? []
        if ids.count > Limits.conversionCopiesMax {
            cursor.fault("found \(ids.count) datasets, expected at most \(Limits.conversionCopiesMax).")
        }
        if let datasets, datasets.count == 1, ids.contains(datasets[0]) {
            cursor.fault("every event goes to \(datasets[0]) itself: expected other datasets than the source's only one.")
        }
        return ids
    }

    private func datasets(_ cursor: Cursor, _ expected: String) -> [String]? {
        guard let items = cursor.items(of: "datasets") else { return nil }
        guard !items.isEmpty else {
            cursor.fault("found an empty list, expected \(expected).")
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
}
