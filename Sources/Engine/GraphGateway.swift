import Core
import GraphAPI
import Synchronization

/// The workspaces' clients, with what every call teaches: the quotas, the call budget, and one row for `api_logs`.
package final class GraphGateway: Sendable {
    /// What every call leaves for `api_logs`.
    let calls: AsyncStream<GraphCall>
    let budget: CallBudget
    private let lessons: CallLessons
    private let transport: GraphTransport
    private let access: Mutex<Access>

    /// What the workspaces' calls prove themselves with.
    private struct Access {
        /// By workspace.
        var clients: [String: GraphClient] = [:]
        /// Configured tokens of Pages, by workspace and Page.
        var pages: [String: [String: GraphCredentials]] = [:]

        init(_ workspaces: [Workspace], _ transport: GraphTransport) {
            for workspace in workspaces where clients[workspace.name] == nil {
                clients[workspace.name] = GraphClient(
                    transport: transport, workspace: workspace.name, app: workspace.app, credentials: workspace.credentials)
                pages[workspace.name] = workspace.pageTokens
            }
        }
    }

    package init(settings: EngineSettings, clock: any WallClock) {
        let (calls, log) = AsyncStream.makeStream(of: GraphCall.self, bufferingPolicy: .bufferingNewest(10_000))
        let budget = CallBudget()
        let lessons = CallLessons(budget: budget, log: log)
        let transport = GraphTransport(settings: settings.graph, nowMs: { clock.nowMs() }, observe: { lessons.note($0) })
        self.calls = calls
        self.budget = budget
        self.lessons = lessons
        self.transport = transport
        access = Mutex(Access(settings.workspaces, transport))
    }

    subscript(_ workspace: String) -> GraphClient? { access.withLock { $0.clients[workspace] } }

    /// The Page's own token, where the configuration gives one.
    func pageToken(_ page: String, workspace: String) -> GraphCredentials? { access.withLock { $0.pages[workspace]?[page] } }

    /// From the next call on the workspaces prove themselves with these tokens and secrets.
    func adopt(_ workspaces: [Workspace]) {
        let next = Access(workspaces, transport)
        access.withLock { $0 = next }
    }

    /// Whether Meta's usage headers allow a call now.
    func verdict(_ kind: CallKind, app: String, account: String, nowMs: Int64) -> QuotaVerdict {
        lessons.quota.withLock { $0.verdict(kind, app: app, account: account, nowMs: nowMs) }
    }

    func note(_ error: GraphError, app: String, account: String?, kind: CallKind, nowMs: Int64) {
        lessons.quota.withLock { $0.note(error, app: app, account: account, kind: kind, nowMs: nowMs) }
    }

    package func shutdown() async { await transport.shutdown() }
}

/// Takes note of every call as it ends, on the calling task.
private final class CallLessons: Sendable {
    let quota = Mutex(Quota())
    private let budget: CallBudget
    private let log: AsyncStream<GraphCall>.Continuation

    init(budget: CallBudget, log: AsyncStream<GraphCall>.Continuation) {
        self.budget = budget
        self.log = log
    }

    func note(_ call: GraphCall) {
        quota.withLock { $0.note(call) }
        if call.purpose.isBudgeted, let account = call.account { budget.note(account: account, atMs: call.atMs) }
        log.yield(call)
    }
}
