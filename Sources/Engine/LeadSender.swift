import Core
import Outbound
import Storage

/// Sends leads to destinations. The document is built here, from the lead as it is stored at that moment.
struct LeadSender: Sendable {
    let store: Store
    let client: OutboundClient
    let destinations: [String: Destination]
    let clock: any WallClock

    func send(_ message: StoredMessage) async throws -> SendOutcome {
        guard let reference = try? JSON.parse(Array(message.reference.utf8)), let name = reference["destination"]?.text,
            let leadID = reference["lead"]?.text
        else { return .failed(.cancel(Reason("reference_unreadable", "The message does not say what goes where."))) }
        guard let destination = destinations[name] else { return .failed(.cancel(Destination.gone(name))) }
        switch try await payload(of: message, leadID) {
        case .refused(let reason): return .failed(.cancel(reason))
        case .ready(let payload):
            let result = await client.send(
                message.request(payload), to: destination, nowMs: clock.nowMs())
            try await store.note(result, of: message, nowMs: clock.nowMs())
            if let disposition = result.disposition(nowMs: clock.nowMs()) {
                return .failed(disposition, isAnswer: result.isAnswer)
            }
            return .sent(SendResult(gate: .destination(name)))
        }
    }

    private enum Body {
        case ready(OutboundRequest.Payload)
        case refused(Reason)
    }

    private func payload(of message: StoredMessage, _ leadID: String) async throws -> Body {
        try await store.read { transaction in
            guard let stored = try transaction.lead(workspace: message.workspace, leadID: leadID) else {
                return .refused(Reason("lead_not_stored", "The lead is no longer stored; its time was over, or it was erased."))
            }
            guard stored.erasedAtMs == nil else {
                return .refused(Reason("erased", "The lead was erased before it was sent."))
            }
            guard let lead = stored.lead else {
                return .refused(
                    Reason(
                        "lead_sealed", "The lead's answers can't be unsealed.",
                        remedy: "Put the master key that sealed them into keys: previous, then retry."))
            }
            let event = try message.eventID.flatMap { try transaction.event($0) }?.listing.event
            return .ready(
                .event(
                    json: lead.document(workspace: message.workspace, receivedAtMs: event?.receivedAtMs ?? stored.fetchedAtMs),
                    text: lead.sentence(workspace: message.workspace)))
        }
    }
}

extension StoredMessage {
    /// The message's id stays over all attempts, restarts too: a receiver tells a repeat by it.
    func request(_ payload: OutboundRequest.Payload) -> OutboundRequest {
        OutboundRequest(id: "msg_\(id)", payload: payload, parent: trace?.parent(span: id))
    }
}

extension Destination {
    /// Why nothing can be sent to a name.
    static func gone(_ name: String) -> Reason {
        Reason(
            "destination_gone", "The destination \"\(name)\" is no longer in the configuration.",
            remedy: "Put it back, then retry.")
    }
}

extension Store {
    /// Keeps what came of one attempt to send, whatever it was; a message that only waited for its turn was not attempted.
    func note(_ result: OutboundResult, of message: StoredMessage, nowMs: Int64) async throws {
        if case .paced = result.fault { return }
        try await write { transaction in
            try transaction.insertAttempt(
                SendAttempt(
                    outboxID: message.id, workspace: message.workspace, atMs: nowMs - result.durationMs, attempt: message.attempt,
                    status: result.status, outcome: result.outcome, durationMs: result.durationMs,
                    answer: result.answer.isEmpty ? nil : result.answer))
        }
    }
}
