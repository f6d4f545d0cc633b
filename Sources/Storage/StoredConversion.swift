package import Core

/// A conversion as stored: what it was and where it is on its way. Whom it was about stays in the sealed delivery.
package struct StoredConversion: Sendable, Equatable {
    package let eventID: Int64
    package let workspace: String
    /// As the configuration names the sender.
    package let source: String
    package let dataset: String
    package let eventName: String
    /// The sender's own `event_id`; nil where it gave none.
    package let conversionID: String?
    /// When it happened, in seconds since 1970 as Meta counts.
    package let eventTimeSeconds: Int64
    package let actionSource: String
    package let currency: String?
    package let valueMinor: Int64?
    package let isTest: Bool
    package let consent: ConsentOutcome
    package let state: ConversionState
    package let reason: String?
    package let forwardedAtMs: Int64?
    /// Meta's `fbtrace_id` of the answer.
    package let traceID: String?
    package let adID: String?
    package let adsetID: String?
    package let campaignID: String?
    /// Nil: nobody has asked yet.
    package let attributedBy: AttributionMethod?
    package let receivedAtMs: Int64

    /// When it went into quarantine; nil: it never did.
    package let quarantinedAtMs: Int64?
    /// The event that has taken its place.
    package let replacedBy: Int64?
    /// By what it is known when it is told again; nil: by its id.
    let saleKey: String?
    private let faultCode: String?
    private let faultPath: String?
    private let faultSentence: String?

    /// It neither goes to Meta nor counts: its own faults keep it here, or another event has taken its place.
    package var isSetAside: Bool { state == .quarantined || state == .replaced }

    /// It waits for somebody to mend it.
    package var isInQuarantine: Bool { state == .quarantined || state == .refused }

    /// It is in quarantine because nobody knows whether Meta has it.
    package var mayBeAtMeta: Bool { isInQuarantine && ["maybe_received", "tried_too_long"].contains(cause?.code) }

    /// Why it is, or was, in quarantine.
    ///
    /// What was refused before causes were stored has its reason only, `code: sentence`.
    package var cause: QuarantineCause? {
        if let faultCode { return QuarantineCause(code: faultCode, path: faultPath, sentence: faultSentence ?? "") }
        guard isInQuarantine, let parts = reason?.split(separator: ":", maxSplits: 1), let code = parts.first else { return nil }
        return QuarantineCause(
            code: String(code), path: nil, sentence: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
    }

    init(_ row: Row) throws(StoreError) {
        eventID = try row.int64("event_id")
        workspace = try row.text("workspace_id")
        source = try row.text("source")
        dataset = try row.text("dataset")
        eventName = try row.text("event_name")
        conversionID = try row.textOrNil("conversion_id")
        eventTimeSeconds = try row.int64("event_time")
        actionSource = try row.text("action_source")
        currency = try row.textOrNil("currency")
        valueMinor = try row.int64OrNil("value_minor")
        isTest = try row.bool("is_test")
        consent = try row.choice("consent", ConsentOutcome.self)
        state = try row.choice("state", ConversionState.self)
        reason = try row.textOrNil("reason")
        forwardedAtMs = try row.int64OrNil("forwarded_at")
        traceID = try row.textOrNil("trace_id")
        adID = try row.textOrNil("ad_id")
        adsetID = try row.textOrNil("adset_id")
        campaignID = try row.textOrNil("campaign_id")
        attributedBy = try row.textOrNil("attributed_by") == nil ? nil : row.choice("attributed_by", AttributionMethod.self)
        receivedAtMs = try row.int64("received_at")
        quarantinedAtMs = try row.int64OrNil("quarantined_at")
        replacedBy = try row.int64OrNil("replaced_by")
        saleKey = try row.textOrNil("sale_key")
        faultCode = try row.textOrNil("fault_code")
        faultPath = try row.textOrNil("fault_path")
        faultSentence = try row.textOrNil("fault_sentence")
    }
}
