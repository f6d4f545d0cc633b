package import Core

extension GraphClient {
    /// Sends conversions to a dataset: all of them are taken, or none.
    ///
    /// `body`: a JSON object with `data` and what goes beside it, without token and proof. After `answerLost` the same events may
    /// be sent again: Meta drops what it has by name and id.
    package func sendEvents(
        dataset: String, body: [UInt8], credentials: GraphCredentials? = nil
    ) async throws(GraphError) -> EventsAnswer {
        let answer = try await perform(
            GraphRequest(
                purpose: .events, target: .dataset, shape: .receipt, node: "\(try Self.checked(dataset))/events", json: body,
                account: nil), credentials)
        return EventsAnswer(answer.json)
    }
}

/// What Meta took.
package struct EventsAnswer: Sendable, Equatable {
    package let eventsReceived: Int
    /// `fbtrace_id`.
    package let traceID: String
    /// Meta's words on what it took; they may repeat what was sent, so they are for a sealed place.
    package let messages: [String]

    package init(eventsReceived: Int, traceID: String, messages: [String]) {
        self.eventsReceived = eventsReceived
        self.traceID = traceID
        self.messages = messages
    }

    fileprivate init(_ json: JSON) {
        self.init(
            eventsReceived: json["events_received"]?.integer.flatMap(Int.init(exactly:)) ?? 0,
            traceID: json["fbtrace_id"]?.text ?? "",
            messages: json["messages"]?.items.prefix(20).compactMap { $0.text.map { String($0.prefix(300)) } } ?? [])
    }
}

/// Events that Meta refuses for good.
package struct EventsRefusal: Sendable, Equatable {
    package let code: Int
    package let subcode: Int?
    /// Of `data`, where Meta names it.
    package let index: Int?
    /// `$['data'][3]['user_data']['em']`: keys and numbers only.
    package let path: String?
    /// The match key that is at fault, where Meta names one.
    package let key: String?
    package let reason: Reason
    /// `fbtrace_id`: what Meta's support asks for.
    package let traceID: String
}

extension GraphError {
    /// The events themselves are refused, and one of them is enough for all. Nil: it is about the token, the limits or the line.
    package var eventsRefusal: EventsRefusal? {
        guard case .refused(let refusal) = self, refusal.target == .dataset, refusal.kind == .fatal else { return nil }
        return EventsRefusal(
            code: refusal.code, subcode: refusal.subcode, index: refusal.place?.index, path: refusal.place?.path,
            key: refusal.place?.key, reason: refusal.reason, traceID: refusal.traceID)
    }
}
