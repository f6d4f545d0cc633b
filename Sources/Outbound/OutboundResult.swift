package import Core

/// What came of one attempt.
package struct OutboundResult: Sendable, Equatable {
    package let destination: String
    /// HTTP status; nil when no answer came.
    package let status: Int?
    /// The first KiB of the answer.
    package let answer: [UInt8]
    /// The address that was dialled; nil when none was.
    package let address: String?
    package let durationMs: Int64
    package let fault: OutboundFault?
    /// `Retry-After`, in ms from the attempt; nil without one that can be read.
    let retryAfterMs: Int64?

    package init(
        destination: String, status: Int? = nil, answer: [UInt8] = [], address: String? = nil, durationMs: Int64 = 0,
        fault: OutboundFault? = nil, retryAfterMs: Int64? = nil
    ) {
        self.destination = destination
        self.status = status
        self.answer = answer
        self.address = address
        self.durationMs = durationMs
        self.fault = fault
        self.retryAfterMs = retryAfterMs
    }

    /// Whether anybody is there: a refusal is an answer, too. Nil: the attempt came to nothing before it reached them.
    package var isAnswer: Bool? {
        switch fault {
        case .paced, .addressRefused, .formMismatch, .badMessage, .cancelled: nil
        case .nameUnknown, .connectFailed, .tls, .timedOut, .broken: false
        case nil: status.map { $0 < 500 || ($0 == 503 && retryAfterMs != nil) } ?? false
        }
    }

    /// `done`, or the code of the reason: what is kept of every attempt.
    package var outcome: String {
        switch disposition(nowMs: 0) {
        case nil: "done"
        case .retry(let reason), .snooze(_, let reason), .hold(_, let reason), .split(let reason), .cancel(let reason):
            reason.code
        }
    }

    /// Nil: delivered, whatever stands in the body of the answer.
    ///
    /// A redirect, 401, 403, 404 and 410 hold the destination: its key or its address is wrong for every message alike, and once
    /// it is mended all of them are still good. Any other refusal of 4xx is about this message and cancels it.
    package func disposition(nowMs: Int64) -> Disposition? {
        if let fault { return disposition(of: fault, nowMs: nowMs) }
        guard let status else { return .retry(reason("no_answer", "gave no answer.")) }
        switch status {
        case 200...299: return nil
        case 300...399:
            return held(
                "redirected", "answered with a redirect (\(status)), which is never followed.",
                "Configure the final URL; held messages then go out.")
        case 401, 403, 404:
            return held(
                "refused_\(status)", "answered \(status).", "Correct its URL, secret or headers; held messages then go out.")
        case 408, 425, 429: return wait(status, nowMs)
        case 410:
            return held(
                "disabled", "answered 410: it wants no more messages.",
                "Correct its URL, and held messages go out; or take it out of the routes and cancel them.")
        case 503 where retryAfterMs != nil: return wait(status, nowMs)
        case 400...499:
            return .cancel(
                reason(
                    "refused_\(status)", "refuses this message (\(status)).", "Look at its log, then retry the message by hand."))
        case _: return .retry(reason("failed_\(status)", "failed (\(status))."))
        }
    }

    /// Without a `Retry-After`.
    private static let pauseMs: Int64 = 30_000
    private static let pauseMsMin: Int64 = 1_000
    /// A longer wait is not believed.
    private static let pauseMsMax: Int64 = 3_600_000

    private func wait(_ status: Int, _ nowMs: Int64) -> Disposition {
        let waitMs = min(max(retryAfterMs ?? Self.pauseMs, Self.pauseMsMin), Self.pauseMsMax)
        return .snooze(untilMs: nowMs + waitMs, reason("asked_to_wait", "asks to wait (\(status))."))
    }

    private func held(_ code: String, _ sentence: String, _ remedy: String) -> Disposition {
        .hold(.destination(destination), reason(code, sentence, remedy))
    }

    private func disposition(of fault: OutboundFault, nowMs: Int64) -> Disposition {
        switch fault {
        case .paced(let waitMs): .snooze(untilMs: nowMs + waitMs, reason("paced", "has had its messages for this second."))
        case .addressRefused:
            held(
                "address_refused", "is at an address that is not allowed.",
                "Correct its URL, or allow private addresses for it.")
        case .formMismatch:
            .cancel(
                reason(
                    "form_mismatch", "can't take a message of this kind.",
                    "Use forward with as: received or json, notify with json or slack."))
        case .badMessage: .cancel(reason("bad_message", "can't be sent this message: a header is not valid."))
        case .nameUnknown: .retry(reason("name_unknown", "could not be found: its name does not resolve."))
        case .connectFailed: .retry(reason("connect_failed", "could not be reached."))
        case .tls:
            .retry(reason("tls_failed", "has no valid certificate, or TLS failed.", "Renew its certificate, or name its roots."))
        case .timedOut: .retry(reason("timed_out", "did not answer in time."))
        case .broken: .retry(reason("broken", "closed the connection without an answer."))
        case .cancelled: .retry(reason("stopped", "was not waited for: the program stops."))
        }
    }

    private func reason(_ code: String, _ sentence: String, _ remedy: String = "") -> Reason {
        Reason("destination_\(code)", "The destination \(destination) \(sentence)", remedy: remedy)
    }
}

/// Why there is no answer.
package enum OutboundFault: Error, Equatable, Sendable {
    /// Over the destination's `per_second` by this much.
    case paced(waitMs: Int64)
    case addressRefused, formMismatch, badMessage
    case nameUnknown, connectFailed, tls
    case timedOut, broken, cancelled
}
