package import Core
import Synchronization

/// Who may send conversions, by name: whose they are, and how they go on to Meta. Changed while the gateway runs; ask it at each use.
package final class SourceBook: Sendable {
    private struct Pages {
        var workspaces: [String: String]
        var forwarding: [String: ForwardingPolicy]
        var leadReports: [String: LeadReportPolicy]
    }

    private let pages: Mutex<Pages>

    package init(
        workspaces: [String: String], forwarding: [String: ForwardingPolicy] = [:],
        leadReports: [String: LeadReportPolicy] = [:]
    ) {
        pages = Mutex(Pages(workspaces: workspaces, forwarding: forwarding, leadReports: leadReports))
    }

    /// The workspace that owns the source's conversions; nil: no source of that name.
    package func workspace(of source: String) -> String? { pages.withLock { $0.workspaces[source] } }

    /// The standard for a source that is not in the book, or not any more.
    package func forwarding(of source: String) -> ForwardingPolicy {
        pages.withLock { $0.forwarding[source] } ?? ForwardingPolicy()
    }

    /// How leads are reported in the name of a CRM; nil for a source of another kind.
    package func leadReport(of source: String) -> LeadReportPolicy? { pages.withLock { $0.leadReports[source] } }

    /// A source that is gone keeps its workspace: what it sent before may still wait to be decoded. A CRM keeps its leads, too: the routes that
    /// report them stay until a restart.
    func replace(
        workspaces: [String: String], forwarding: [String: ForwardingPolicy], leadReports: [String: LeadReportPolicy]
    ) {
        pages.withLock { pages in
            pages.workspaces.merge(workspaces) { $1 }
            pages.forwarding = forwarding
            pages.leadReports.merge(leadReports) { $1 }
        }
    }
}
