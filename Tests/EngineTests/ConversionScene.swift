import Core
import Engine
import GraphEmulator
import Signing
import Storage
import TestSupport
import Testing

/// A shop that sends conversions to dataset 900 of Belmonte, and the chain that brings them to Meta.
enum ConversionScene {
    static let base = Scene.base + "\ndatasets: [{id: \"900\"}]\n"
    static let chain = [ChainStep(handler: "attribute"), ChainStep(handler: "forward_conversion")]
    static let touching = [ChainStep(handler: "attribute"), ChainStep(handler: "touch")]
    /// 2026-11-20T11:59:00Z.
    static let justNow = Scene.startMs / 1_000 - 60
    static let email = "joe@example.com"

    static func setup(_ rules: [VersionedRule] = [], _ change: (inout Setup) -> Void = { _ in }) -> Setup {
        Setup(rules) {
            $0.chains = [chain]
            change(&$0)
        }
    }

    /// A website event with an e-mail address; `more` goes beside its fields, `user` into its user_data.
    static func event(
        _ name: String = "Purchase", id: String? = "order-1", url: String = "https://shop.example/thanks",
        value: String? = "12.50",
        at seconds: Int64 = justNow, user: String = "", more: String = ""
    ) -> String {
        let eventID = id.map { #","event_id":"\#($0)""# } ?? ""
        let money = value.map { #","custom_data":{"value":\#($0),"currency":"EUR"}"# } ?? ""
        return
            #"{"event_name":"\#(name)","event_time":\#(seconds),"action_source":"website","event_source_url":"\#(url)"\#(eventID)\#(money)\#(more),"user_data":{"em":"\#(email)","client_user_agent":"UA"\#(user)}}"#
    }

    /// A stage of a lead, as a CRM sends it.
    static func stage(_ leadID: Int, id: String) -> String {
        #"{"event_name":"Qualified","event_time":\#(justNow),"action_source":"system_generated","event_id":"\#(id)","custom_data":{"event_source":"crm","lead_event_source":"CRM"},"user_data":{"lead_id":\#(leadID)}}"#
    }

    /// What the public port stores of a request, by the only way there is.
    static func envelope(
        _ events: [String], source: String = "shop", dataset: String = "900", beside: String = "", consent: ConsentPolicy,
        nowMs: Int64
    ) throws -> Envelope {
        let secrets = SourceSecrets(name: source, tokens: ["shop-token"], secrets: [], datasets: [dataset])
        let verified = try SourceCheck.verify(
            token: "shop-token", proof: nil, timeSeconds: nil, dataset: dataset, sources: [secrets], nowSeconds: nowMs / 1_000
        ).get()
        let body = #"{"data":[\#(events.joined(separator: ","))]\#(beside)}"#
        let request = try ConversionRequest.parse(Array(body.utf8)).get()
        let check = ConversionCheck(request, consent: consent, nowMs: nowMs)
        if let refusal = check.refusal { throw refusal }
        return Envelope(
            conversions: check.events.map { HashedEvent($0) }, from: verified, parameters: request.parameters,
            target: "/v26.0/\(dataset)/events")
    }
}

extension World {
    @discardableResult
    func convert(
        _ events: [String], source: String = "shop", dataset: String = "900", beside: String = "", without: WithoutConsent = .send
    ) async throws -> Int64 {
        let envelope = try ConversionScene.envelope(
            events, source: source, dataset: dataset, beside: beside, consent: ConsentPolicy(path: ["consent"], without: without),
            nowMs: clock.nowMs())
        return try await store.append(envelope, receivedAtMs: clock.nowMs())
    }

    /// Oldest first.
    func conversions() async throws -> [StoredConversion] {
        try await store.read { try $0.conversions(ConversionFilter(), limit: 10_000).reversed() }
    }

    func conversions(_ state: ConversionState) async throws -> Int { try await conversions().filter { $0.state == state }.count }

    func states() async throws -> [ConversionState: Int] {
        try await conversions().reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
    }

    /// Calls to the events edge.
    var eventCalls: [LogEntry] { emulator.log().filter { $0.op == "events" } }

    /// Moves both clocks.
    func passTime(ms: Int64) throws {
        emulator.advanceClock(ms: ms)
        try advance(ms: ms)
    }
}

extension MendingOutcome {
    var isMended: Bool {
        if case .mended(.some, nil) = fate { true } else { false }
    }
}

extension ConversionEdit {
    /// From JSON as it is sent.
    init(_ text: String) throws { try self.init(JSON.parse(Array(text.utf8))) }
}

extension World {
    /// Oldest first.
    func quarantine() async throws -> [StoredConversion] {
        try await store.read { try $0.listQuarantine(QuarantineFilter(), place: .before(.max), limit: 100) }.rows.reversed()
    }

    func mend(_ mendings: [Mending]) async throws -> [MendingOutcome] {
        let nowMs = clock.nowMs()
        return try await store.write { try $0.mend(mendings, policies: { _ in .documented }, nowMs: nowMs) }
    }

    /// Purchases in our own figures of the campaign's ad.
    func purchases() async throws -> Int64 {
        let nowMs = clock.nowMs()
        return try await store.read {
            try $0.ownFigures(workspace: "belmonte", ref: EntityRef(.ad, "1111"), sinceMs: 0, untilMs: nowMs)
        }.purchases
    }

    /// As the public port stores a request of a source that takes requests in part.
    func convertPartly(_ events: [String], without: WithoutConsent = .send) async throws {
        let secrets = SourceSecrets(name: "shop", tokens: ["shop-token"], secrets: [], datasets: ["900"])
        let verified = try SourceCheck.verify(
            token: "shop-token", proof: nil, timeSeconds: nil, dataset: "900", sources: [secrets], nowSeconds: 0
        ).get()
        let request = try ConversionRequest.parse(Array(#"{"data":[\#(events.joined(separator: ","))]}"#.utf8)).get()
        let check = ConversionCheck(
            request, consent: ConsentPolicy(path: ["consent"], without: without), strictness: .partial, nowMs: clock.nowMs())
        let kept = check.events + check.faulty.compactMap(\.remains)
        let envelope = Envelope(
            conversions: HashedEvent.made(of: kept, dataset: "900", ids: EventIDPolicy()), from: verified,
            parameters: request.parameters, target: "/v26.0/900/events")
        _ = try await store.append(envelope, receivedAtMs: clock.nowMs())
    }
}
