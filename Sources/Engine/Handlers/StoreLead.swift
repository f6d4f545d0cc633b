package import Core
import Storage

/// Keeps the lead, counts it for the ad it came from, and hands that ad on to be touched.
///
/// A test lead is kept and counted nowhere.
package struct StoreLead: Handler {
    package static let name = "store_lead"
    package static let needs: Set<Slot> = [.lead]
    package static let gives: Set<Slot> = [.storedLead]
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard let lead = work.lead else { return }
        work.emit(.storeLead(lead))
        guard !lead.isTest, let nearest = lead.entities.first else { return }
        if try await isNew(lead, work) {
            work.emit(.count(OwnEvent(count: .lead, entities: [nearest], atMs: lead.createdAtMs)))
        }
        guard let ad = lead.ad else { return }
        work.ads = [ResolvedAd(adID: ad.id, adsetID: lead.adset?.id, campaignID: lead.campaign?.id)]
    }

    /// Told of again after its dedupe key is gone, a lead is a second event and still one lead.
    private func isNew(_ lead: Lead, _ work: Work) async throws(HandlerError) -> Bool {
        let (workspace, leadID, store) = (work.event.workspace, lead.leadID, work.reach.store)
        do {
            let known = try await store.read { try $0.lead(workspace: workspace, leadID: leadID)?.id }
            return known == nil || known == work.event.id
        } catch {
            throw .failed(.retry(Reason("leads_unreadable", "The leads that are stored could not be looked up.")))
        }
    }
}
