package import Core
import Storage

/// Tells Meta of the lead as the first of its stages, in the name of a CRM: what it comes to later can be counted only from there.
///
/// The event is one of the CRM's own, judged by what the configuration says of that source, and once however often the lead is told of. A
/// lead of another workspace than the source's is none of its, and a test lead nobody's.
package struct ReportLead: Handler {
    package static let name = "report_lead"
    package static let needs: Set<Slot> = [.lead]
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.crm

    private let source: String

    package init(argument: String) { source = argument }

    package func handle(_ work: inout Work) async throws(HandlerError) {
        let sources = work.reach.sources
        guard let lead = work.lead, !lead.isTest, sources.workspace(of: source) == work.event.workspace,
            let policy = sources.leadReport(of: source)
        else { return }
        work.emit(.report(LeadReport(lead, policy, nowMs: work.reach.clock.nowMs())))
    }
}
