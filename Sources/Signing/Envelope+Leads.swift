import Core

extension Envelope {
    /// The event of a lead that came by a webhook, which was verified, and that was read at Meta: as its CRM would have sent it.
    package init(lead events: [HashedEvent], source: String, dataset: String) {
        let body = JSON.object(JSONObject([.init(key: "data", value: .array(events.map(\.json)))]))
        self.init(
            kind: .conversions, app: source,
            request: CapturedRequest(
                method: "POST", target: "/\(dataset)/events", headers: [(name: "content-type", value: "application/json")],
                body: body.bytes(sortedKeys: true)))
    }
}
