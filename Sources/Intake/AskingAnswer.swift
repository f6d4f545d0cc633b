import Core
import Storage

/// What a sender is told of the events that have the id it asked for: one id may stand under several names.
struct AskingAnswer {
    /// As it was asked for.
    let id: String
    /// Newest first.
    let told: [ToldConversion]

    var json: JSON { ["event_id": .string(id), "events": .array(told.map(Self.document))] }

    private static func document(_ told: ToldConversion) -> JSON {
        let conversion = told.conversion
        return [
            "event_name": .string(conversion.eventName), "dataset": .string(conversion.dataset),
            "event_time": .integer(conversion.eventTimeSeconds), "received_at_ms": .integer(conversion.receivedAtMs),
            "received_again": .integer(told.repeats), "test": .bool(conversion.isTest),
            "consent": .string(conversion.consent.rawValue), "findings": findings(told.stored()),
            "state": .string(conversion.state.rawValue), "reason": .text(reason(conversion)), "cause": cause(conversion),
            "sent_at_ms": conversion.forwardedAtMs.map { .integer($0) } ?? .null, "fbtrace_id": .text(conversion.traceID),
        ]
    }

    /// Why it stays here, or what was changed in it; of a sentence the code alone.
    private static func reason(_ conversion: StoredConversion) -> String? {
        conversion.reason.map { String($0.prefix { $0 != ":" }) }
    }

    private static func cause(_ conversion: StoredConversion) -> JSON {
        guard let cause = conversion.cause else { return .null }
        return ["code": .string(cause.code), "path": .text(cause.path), "message": .string(cause.sentence)]
    }

    /// As they were found when it came in; null where the request is not kept any more.
    private static func findings(_ event: JSON?) -> JSON {
        guard let event else { return .null }
        let list = event[ConversionDecoder.ownMember]?["findings"]?.items ?? []
        return .array(
            list.compactMap { pair in
                guard let code = pair[0]?.text, let path = pair[1]?.text else { return nil }
                return ["code": .string(code), "path": .string(path)]
            })
    }
}
