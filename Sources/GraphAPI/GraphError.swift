package import Core

/// Why a call to the Graph API failed.
///
/// Codes: <https://developers.facebook.com/docs/graph-api/guides/error-handling>.
package enum GraphError: Error, Equatable, Sendable {
    /// Meta answered with an error document.
    case refused(Refusal)
    /// A read was answered by something that is no answer of the Graph API.
    case unreadable(status: Int, AnswerFault)
    /// No connection: nothing was sent.
    case notSent(TransportFault)
    /// A read had no answer in time.
    case timedOut
    /// The connection of a read ended before the whole answer was there.
    case broken
    /// A write was sent, and what became of it is not known: read before anything else.
    case answerLost(LossCause)
    /// The answer is larger than `Limits.graphAnswerBytesMax`.
    case tooLarge
    /// More than `Limits.pagesMax` pages, or a cursor that goes round.
    case tooManyPages
    /// The program stops.
    case cancelled
    /// An id that is not one of Meta's; nothing was sent.
    case badID

    package enum AnswerFault: String, Sendable {
        case html, empty, truncated
        /// JSON, but neither what was asked for nor an error document.
        case unexpected
    }

    package enum TransportFault: String, Sendable {
        case connectRefused = "connect_refused"
        case connectTimedOut = "connect_timed_out"
        case nameUnknown = "name_unknown"
        case tls
    }

    package enum LossCause: String, Sendable {
        case timedOut = "timed_out"
        case broken, unreadable, cancelled
    }

    /// What becomes of the work. `account`: the ad account concerned, without `act_`.
    ///
    /// A missing permission holds the account, because the work is good as soon as somebody grants it. An object that is missing
    /// by itself (100/33 of one campaign, ad set or ad) cancels: most are deleted, and one of them must not hold a whole account.
    package func disposition(nowMs: Int64, workspace: String, account: String?) -> Disposition {
        switch self {
        case .refused(let refusal): refusal.disposition(nowMs: nowMs, workspace: workspace, account: account)
        case .tooLarge, .tooManyPages: .split(reason)
        case .unreadable, .notSent, .timedOut, .broken, .answerLost, .cancelled: .retry(reason)
        case .badID: .cancel(reason)
        }
    }

    /// Stable, snake_case; the code of `reason`.
    package var code: String { reason.code }

    package var reason: Reason {
        switch self {
        case .refused(let refusal): refusal.reason
        case .unreadable(let status, let fault): Self.unreadable(status, fault)
        case .notSent(let fault): Self.notSent(fault)
        case .timedOut: Reason("graph_timed_out", "Meta did not answer in time.", remedy: Self.again)
        case .broken:
            Reason("graph_broken", "The connection to Meta ended before the whole answer was there.", remedy: Self.again)
        case .answerLost(let cause): Self.lost(cause)
        case .tooLarge:
            Reason(
                "graph_too_large", "Meta's answer is larger than we take.", remedy: "Nothing to do: less is asked for per call.")
        case .tooManyPages:
            Reason(
                "graph_too_many_pages", "Meta's answer has too many pages.", remedy: "Nothing to do: less is asked for per call.")
        case .cancelled: Reason("graph_cancelled", "The call was stopped with the program.", remedy: Self.again)
        case .badID: Reason("bad_id", "The event names an id that is none of Meta's.", remedy: "Nothing to do: nothing was sent.")
        }
    }

    /// A person must act: worth a line at level error.
    package var needsPerson: Bool {
        switch self {
        case .refused(let refusal):
            switch refusal.kind {
            case .reauth, .permission, .policy: true
            case .fatal: refusal.code == 2635 || refusal.code == 900
            case .throttle: refusal.code == 613 && refusal.subcode == nil
            case .retry, .split: false
            }
        case .unreadable, .notSent, .timedOut, .broken, .answerLost, .tooLarge, .tooManyPages, .cancelled, .badID: false
        }
    }

    /// HTTP status of the answer that says so; 0 when there was none.
    var status: Int {
        switch self {
        case .refused(let refusal): refusal.httpStatus
        case .unreadable(let status, _): status
        case .notSent, .timedOut, .broken, .answerLost, .tooLarge, .tooManyPages, .cancelled, .badID: 0
        }
    }

    private static let again = "Nothing to do: it is tried again."

    private static func unreadable(_ status: Int, _ fault: AnswerFault) -> Reason {
        let what =
            switch fault {
            case .html: "a web page"
            case .empty: "nothing"
            case .truncated: "half an answer"
            case .unexpected: "something else than was asked for"
            }
        return Reason(
            "graph_unreadable_\(fault.rawValue)", "The Graph API answered with \(what) (status \(status)).",
            remedy: "It is tried again; if it lasts, look at graph: base_url and at what stands between here and Meta.")
    }

    private static func notSent(_ fault: TransportFault) -> Reason {
        let what =
            switch fault {
            case .connectRefused: "The connection to the Graph API was refused."
            case .connectTimedOut: "No connection to the Graph API within its time."
            case .nameUnknown: "The name of the Graph API could not be resolved."
            case .tls: "The Graph API's certificate was refused, or TLS failed."
            }
        return Reason(
            "graph_\(fault.rawValue)", what, remedy: "It is tried again; if it lasts, look at the network and at graph: base_url."
        )
    }

    private static func lost(_ cause: LossCause) -> Reason {
        let why =
            switch cause {
            case .timedOut: "no answer came in time"
            case .broken: "the connection ended"
            case .unreadable: "the answer could not be read"
            case .cancelled: "the program stopped"
            }
        return Reason(
            "graph_answer_lost", "A change was sent and \(why), so it may or may not be done.",
            remedy: "Nothing to do: it is read back before it is tried again.")
    }
}

extension Refusal {
    func disposition(nowMs: Int64, workspace: String, account: String?) -> Disposition {
        switch kind {
        case .retry: .retry(reason)
        case .throttle: .snooze(untilMs: nowMs + (waitMs ?? Quota.believedMs), reason)
        case .reauth: .hold(.token(workspace: workspace), reason)
        case .permission:
            isAboutEntity ? .cancel(reason) : .hold(account.map(Gate.account) ?? .token(workspace: workspace), reason)
        case .split: .split(reason)
        case .fatal, .policy: .cancel(reason)
        }
    }
}
