package import Core
import GraphAPI
import Storage

/// Reads the lead that the event tells of, with the Page's own token: answers, consents, and the names that go with them.
///
/// A lead of a Page that no workspace owns is not read: nobody's token is good for it. Other events pass untouched.
package struct FetchLead: Handler {
    package static let name = "fetch_lead"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = [.lead]
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.event.object == "page", work.event.field == "leadgen", let workspace = work.workspace,
            let client = work.reach.graph[workspace.name]
        else { return }
        let reading = LeadReading(event: work.event, workspace: workspace, reach: work.reach, client: client)
        work.lead = try await reading.lead()
    }
}

/// One look at one lead.
private struct LeadReading {
    let event: StoredEvent
    let workspace: Workspace
    let reach: Reach
    let client: GraphClient

    func lead() async throws(HandlerError) -> Lead {
        let notice = try await notice()
        try mayCall()
        let page = try await access()
        return try await lead(from: try await read(notice.leadID, page), notice, page)
    }

    /// From the delivery; without it the order key still names the lead.
    private func notice() async throws(HandlerError) -> LeadNotice {
        let value: JSON?
        do {
            value = try await reach.deliveries.part(of: event)
        } catch {
            throw .failed(.retry(Reason("delivery_unreadable", "The delivery could not be read.")))
        }
        if let notice = value.flatMap(LeadNotice.init) { return notice }
        guard value == nil, let key = event.orderKey, key.hasPrefix("lead:") else {
            throw .dead(Reason("lead_without_id", "The notification names no lead.", remedy: "Nothing can be read for it."))
        }
        return LeadNotice(leadID: String(key.dropFirst(5)), formID: nil, adID: nil)
    }

    /// A person waits for an answer: leads may use the reserve of calls that is kept for writes.
    private func mayCall() throws(HandlerError) {
        let nowMs = reach.clock.nowMs()
        guard case .wait(let untilMs, _) = reach.graph.verdict(.write, app: workspace.app, account: "", nowMs: nowMs) else {
            return
        }
        throw .failed(
            .snooze(
                untilMs: untilMs,
                Reason(
                    "quota_low", "Meta's budget of calls for the app is used.",
                    remedy: "Nothing to do: the lead is read when Meta says that there is room.")))
    }

    private func access() async throws(HandlerError) -> PageAccess {
        do throws(GraphError) {
            return try await reach.pages.access(event.objectID, workspace: workspace)
        } catch {
            throw failure(error)
        }
    }

    private func read(_ id: String, _ page: PageAccess) async throws(HandlerError) -> LeadAnswer {
        do throws(GraphError) {
            return try await client.lead(id, credentials: page.credentials)
        } catch {
            if error.isRefused(.reauth) { reach.pages.forget(page.id) }
            guard !(error.isUnseenLead && isTooOld) else { throw .dead(GraphError.leadGone) }
            // the Page itself may well answer, so that its gate would open and shut in turn
            guard !error.isRefused(.permission) else {
                throw .failed(.snooze(untilMs: reach.clock.nowMs() + Limits.backoffMaxMs, error.reason))
            }
            throw failure(error)
        }
    }

    /// What passes by itself is waited for by the lead's age and counts no attempt: an hour without Meta must cost no lead.
    private func failure(_ error: GraphError) -> HandlerError {
        let nowMs = reach.clock.nowMs()
        reach.graph.note(error, app: workspace.app, account: nil, kind: .read, nowMs: nowMs)
        let disposition = error.disposition(nowMs: nowMs, workspace: workspace.name, account: nil, page: event.objectID)
        guard case .retry(let reason) = disposition else { return .failed(disposition) }
        return isTooOld ? .dead(reason) : .failed(later(reason))
    }

    private var ageMs: Int64 { max(0, reach.clock.nowMs() - event.receivedAtMs) }
    private var isTooOld: Bool { ageMs >= Limits.leadUnreadableMs }

    /// Soon at first, seldom later: after half of the time that has passed since the notification came.
    private func later(_ reason: Reason) -> Disposition {
        .snooze(untilMs: reach.clock.nowMs() + min(max(ageMs / 2, Self.waitMsMin), Limits.backoffMaxMs), reason)
    }

    private static let waitMsMin: Int64 = 2_000

    private func lead(from answer: LeadAnswer, _ notice: LeadNotice, _ page: PageAccess) async throws(HandlerError) -> Lead {
        let formID = answer.formID ?? notice.formID
        async let formName = name(.form, of: formID, page)
        async let pageName = page.name == nil ? name(.page, of: page.id, page) : page.name
        let above = try await hierarchy(ad: answer.ad ?? notice.adID.map { NamedID($0) }, answer)
        let fields = formID.flatMap { reach.forms[$0] }?.named(answer.fields) ?? answer.fields
        return await Lead(
            leadID: notice.leadID, createdAtMs: answer.createdAtMs, form: named(formID, formName), page: named(page.id, pageName),
            ad: above.ad, adset: above.adset, campaign: above.campaign, platform: answer.platform, isOrganic: answer.isOrganic,
            isTest: TestLead.isTest(answer.fields), fields: fields, consents: answer.consents)
    }

    private func named(_ id: String?, _ name: String?) -> NamedID? { id.map { NamedID($0, name: name) } }

    private func name(_ kind: LeadNames.Kind, of id: String?, _ page: PageAccess) async -> String? {
        guard let id else { return nil }
        return await reach.leadNames.name(kind, of: id, nowMs: reach.clock.nowMs()) { () async throws(GraphError) in
            switch kind {
            case .form: try await client.form(id, credentials: page.credentials).name
            case .page: try await client.page(id, credentials: page.credentials).name
            }
        }
    }

    /// Meta hides what is above the ad, and its name, from tokens without rights on the ad account; our own tables may know it.
    private func hierarchy(ad: NamedID?, _ answer: LeadAnswer) async throws(HandlerError) -> (
        ad: NamedID?, adset: NamedID?, campaign: NamedID?
    ) {
        let workspace = workspace.name
        do {
            return try await reach.store.read { transaction in
                let known = try ad.flatMap { try transaction.resolvedAd($0.id, workspace: workspace) }
                func complete(_ level: EntityLevel, _ named: NamedID?, _ id: String?) throws -> NamedID? {
                    guard let id = named?.id ?? id else { return nil }
                    if let name = named?.name { return NamedID(id, name: name) }
                    return NamedID(id, name: try transaction.entity(EntityRef(level, id), workspace: workspace)?.name)
                }
                return (
                    try complete(.ad, ad, nil), try complete(.adset, answer.adset, known?.adsetID),
                    try complete(.campaign, answer.campaign, known?.campaignID)
                )
            }
        } catch {
            throw .failed(.retry(Reason("entities_unreadable", "The ad's place in the account could not be looked up.")))
        }
    }
}

extension GraphError {
    fileprivate func isRefused(_ kind: RefusalKind) -> Bool {
        guard case .refused(let refusal) = self else { return false }
        return refusal.kind == kind
    }
}
