package import Core
import Synchronization

/// Who may send conversions, by name: whose they are, and how they go on to Meta. Changed while the gateway runs; ask it at each use.
package final class SourceBook: Sendable {
    private struct Pages {
        var workspaces: [String: String]
        var forwarding: [String: ForwardingPolicy]
    }

    private let pages: Mutex<Pages>

    package init(workspaces: [String: String], forwarding: [String: ForwardingPolicy] = [:]) {
        pages = Mutex(Pages(workspaces: workspaces, forwarding: forwarding))
    }

    /// The workspace that owns the source's conversions; nil: no source of that name.
    package func workspace(of source: String) -> String? { pages.withLock { $0.workspaces[source] } }

    /// The standard for a source that is not in the book, or not any more.
    package func forwarding(of source: String) -> ForwardingPolicy {
        pages.withLock { $0.forwarding[source] } ?? ForwardingPolicy()
    }

    /// A source that is gone keeps its workspace: what it sent before may still wait to be decoded.
    func replace(workspaces: [String: String], forwarding: [String: ForwardingPolicy]) {
        pages.withLock { pages in
            pages.workspaces.merge(workspaces) { $1 }
            pages.forwarding = forwarding
        }
    }
}
