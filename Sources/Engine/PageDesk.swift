import Core
package import GraphAPI
import Synchronization

/// The Pages' own tokens: from the configuration, else asked of Meta with the workspace's token and kept in memory.
package final class PageDesk: Sendable {
    private let workspaces: WorkspaceIndex
    private let graph: GraphGateway
    private let known = Mutex<[String: PageAccess]>([:])

    package init(workspaces: WorkspaceIndex, graph: GraphGateway) {
        self.workspaces = workspaces
        self.graph = graph
    }

    /// What works on the Page's leads, comments and messages. Nil credentials in the answer never: the configured token, or the one Meta gave.
    package func access(_ page: String, workspace: Workspace) async throws(GraphError) -> PageAccess {
        if let token = graph.pageToken(page, workspace: workspace.name) {
            return PageAccess(id: page, name: nil, credentials: token)
        }
        if let access = known.withLock({ $0[page] }) { return access }
        guard let client = graph[workspace.name] else { throw .unusable }
        let access = try await client.page(page)
        known.withLock { $0[page] = access }
        return access
    }

    /// A token that was refused is asked for again the next time.
    package func forget(_ page: String) { known.withLock { $0[page] = nil } }

    /// After the tokens or secrets that they were got with have changed.
    func forgetAll() { known.withLock { $0.removeAll() } }

    /// Whether the Page's token can be had and is taken now.
    func answers(_ page: String) async -> Bool {
        guard let workspace = workspaces.all.first(where: { $0.pages.contains(page) }), let client = graph[workspace.name] else {
            return false
        }
        forget(page)
        do throws(GraphError) {
            let access = try await access(page, workspace: workspace)
            _ = try await client.page(page, credentials: access.credentials)
            return true
        } catch {
            return false
        }
    }
}
