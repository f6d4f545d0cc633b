import Core
import Signing
import Storage

extension Transaction {
    /// Takes the event of a lead in, hashed, as a delivery of the CRM's: it is decoded, forwarded and accounted for like all others.
    ///
    /// Not of an erased lead, and not again: the job may be done once more when the event's own key is long forgotten, and Meta would count a
    /// second one by then.
    func takeIn(_ report: LeadReport, workspace: String, nowMs: Int64) throws {
        if let origin = try leadOrigin(workspace: workspace, leadID: report.leadID), origin.isErased { return }
        let conversionID = ConversionDecoder.key(of: report.eventID, digest: SHA256.hex)
        guard
            !report.events.isEmpty,
            try !isKnown(conversionID, source: report.source, dataset: report.dataset, workspace: workspace)
        else { return }
        let events = HashedEvent.made(of: report.events, dataset: report.dataset, ids: report.ids)
        try append(Envelope(lead: events, source: report.source, dataset: report.dataset), receivedAtMs: nowMs)
    }
}
