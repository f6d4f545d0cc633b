import Core
import Storage

/// One event with everything that came of it, in the order in which it happened.
struct EventStory: Sendable {
    struct Moment: Sendable {
        enum What: String, CaseIterable, Sendable {
            case happened, received, queued, attempt, sent, dead, quarantined, decided, finished, due
        }

        let atMs: Int64
        let what: What
        let subject: String
        let text: String?

        init(_ atMs: Int64, _ what: What, _ subject: String, _ text: String? = nil) {
            self.atMs = atMs
            self.what = what
            self.subject = subject
            self.text = text
        }
    }

    let detail: EventDetail
    let delivery: DeliveryListing?
    /// Where it is on its way to Meta; nil: it is none, or its row is gone.
    let conversion: StoredConversion?
    let attempts: [Int64: [SendAttempt]]
    let actions: [StoredAction]
    /// Only where they may be seen.
    let bytes: DeliveryBytes?
    private let shows: Bool

    /// Nil when there is no such event. `shows`: with what is sealed.
    init?(of id: Int64, in transaction: Transaction, shows: Bool) throws {
        guard let detail = try transaction.event(id) else { return nil }
        self.detail = detail
        self.shows = shows
        let event = detail.listing.event
        delivery = try transaction.deliveryListing(event.deliverySeq)
        conversion = event.object == ConversionDecoder.object ? try transaction.conversion(id) : nil
        var attempts: [Int64: [SendAttempt]] = [:]
        for message in detail.messages { attempts[message.id] = try transaction.attempts(of: message.id) }
        self.attempts = attempts
        actions = try transaction.actions(ids: detail.messages.compactMap(\.actionID))
        bytes = shows ? try transaction.delivery(event.deliverySeq).map { DeliveryBytes($0, position: event.position) } : nil
    }

    func document(nowMs: Int64) -> JSON {
        let event = detail.listing.event
        return [
            "event": detail.listing.document, "delivery": delivery?.document ?? .null,
            "conversion": conversion?.quarantineDocument ?? .null,
            "jobs": .array(
                detail.jobs.map {
                    JobListing(job: $0, kind: event.kind, receivedAtMs: event.receivedAtMs).document(nowMs: nowMs)
                }),
            "messages": .array(detail.messages.map { $0.story(attempts: attempts[$0.id] ?? [], shows: shows, nowMs: nowMs) }),
            "actions": .array(actions.map(\.document)), "timeline": .array(timeline(nowMs: nowMs).map(\.document)),
            "bytes": bytes?.document ?? .null,
        ]
    }

    private func timeline(nowMs: Int64) -> [Moment] {
        let event = detail.listing.event
        var moments = [Moment(event.receivedAtMs, .received, "delivery \(event.deliverySeq)", delivery?.reason)]
        if event.occurredAtMs > 0 { moments.append(Moment(event.occurredAtMs, .happened, "event \(event.id)", event.kind)) }
        for job in detail.jobs where job.state == .open && job.dueAtMs > nowMs && job.dueAtMs < .max {
            moments.append(Moment(job.dueAtMs, .due, "route \(job.route)", job.reason))
        }
        for message in detail.messages { moments += self.moments(of: message, nowMs: nowMs) }
        if let conversion, let atMs = conversion.quarantinedAtMs {
            let cause = conversion.cause.map { "\($0.code): \($0.sentence)" }
            moments.append(Moment(atMs, .quarantined, "conversion \(event.id)", cause))
        }
        for action in actions {
            let subject = "\(action.action.rawValue) \(action.target.level.rawValue) \(action.target.id)"
            moments.append(Moment(action.createdAtMs, .decided, subject, "rule \(action.rule)"))
            if let atMs = action.finishedAtMs { moments.append(Moment(atMs, .finished, subject, action.state.rawValue)) }
        }
        return moments.enumerated().sorted { ($0.element.atMs, $0.offset) < ($1.element.atMs, $1.offset) }.map(\.element)
    }

    private func moments(of message: StoredMessage, nowMs: Int64) -> [Moment] {
        let subject = "\(message.kind) \(message.id)"
        var moments = [Moment(message.createdAtMs, .queued, subject)]
        for attempt in attempts[message.id] ?? [] {
            let status = attempt.status.map { ", status \($0)" } ?? ""
            moments.append(Moment(attempt.atMs, .attempt, subject, "\(attempt.outcome)\(status), \(attempt.durationMs) ms"))
        }
        if let atMs = message.doneAtMs {
            moments.append(Moment(atMs, message.state == .dead ? .dead : .sent, subject, message.reason))
        } else if message.state == .open, message.dueAtMs > nowMs, message.dueAtMs < .max {
            moments.append(Moment(message.dueAtMs, .due, subject, message.reason))
        }
        return moments
    }
}

extension EventStory.Moment {
    var document: JSON {
        ["at_ms": .integer(atMs), "what": .string(what.rawValue), "subject": .string(subject), "text": .text(text)]
    }
}
