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
    /// There is no token to make the call with: Meta gave none of the Page's.
    case unusable

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

    /// What becomes of the work. `account`: the ad account concerned, without `act_`; `page` and `dataset` where a call was made
    /// for one.
    ///
    /// A missing permission holds what it is missing for, because the work is good as soon as somebody grants it. An object that
    /// is missing by itself (100/33 of one campaign, ad set, ad or comment) cancels: most are deleted, and one of them must not
    /// hold a whole account. A lead is tried again, because its notification may come before it can be read.
    package func disposition(
        nowMs: Int64, workspace: String, account: String?, page: String? = nil, dataset: String? = nil
    ) -> Disposition {
        let asset = dataset.map(Gate.dataset) ?? page.map(Gate.page)
        let token = Gate.token(workspace: workspace)
        return switch self {
        case .refused(let refusal):
            refusal.disposition(
                nowMs: nowMs, token: refusal.target == .page ? token : asset ?? token,
                right: asset ?? account.map(Gate.account) ?? token)
        case .unusable: .hold(asset ?? token, reason)
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
        case .unusable:
            Reason(
                "access_missing", "Meta gives this workspace's token no access token of the Page.",
                remedy: "Give the token's user a task on the Page in Business settings, or configure the Page's own token.")
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
        case .unusable: true
        case .unreadable, .notSent, .timedOut, .broken, .answerLost, .tooLarge, .tooManyPages, .cancelled, .badID: false
        }
    }

    /// The lead can't be read, or not yet: the two look alike. After `Limits.leadUnreadableMs` it is given up as `leadGone`.
    package var isUnseenLead: Bool {
        guard case .refused(let refusal) = self else { return false }
        return refusal.target == .lead && refusal.isUnseen
    }

    /// For a lead that was unseen for too long.
    package static let leadGone = Reason(
        "lead_gone", "Meta does not show the lead: it is deleted, older than 90 days, or hidden from this token.",
        remedy: "Look at the Leads Access Manager and at the Page's tasks, then retry it by hand.")

    /// HTTP status of the answer that says so; 0 when there was none.
    var status: Int {
        switch self {
        case .refused(let refusal): refusal.httpStatus
        case .unreadable(let status, _): status
        case .notSent, .timedOut, .broken, .answerLost, .tooLarge, .tooManyPages, .cancelled, .badID, .unusable: 0
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
    /// A policy block on a dataset ends by itself, and its events are good for days; all else that is blocked waits for a person.
    private static let policyWaitMs: Int64 = 3_600_000

    /// `token` is held for a refused token, `right` for a missing permission.
    func disposition(nowMs: Int64, token: Gate, right: Gate) -> Disposition {
        switch kind {
        case .retry: .retry(reason)
        case .throttle: .snooze(untilMs: nowMs + (waitMs ?? Quota.believedMs), reason)
        case .reauth: .hold(token, reason)
        case .permission: target == .entity && isUnseen ? .cancel(reason) : .hold(right, reason)
        case .split: .split(reason)
        case .policy: target == .dataset ? .snooze(untilMs: nowMs + Self.policyWaitMs, reason) : .cancel(reason)
        case .fatal: .cancel(reason)
        }
    }
}
