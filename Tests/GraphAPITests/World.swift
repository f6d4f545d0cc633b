import Core
import Synchronization

@testable import GraphAPI

/// A client, the calls it reported, and what they were made with.
final class World: Sendable {
    static let token = "EAAcanary-token-0123456789"
    static let secret = "canary-app-secret"
    static let nowMs: Int64 = 1_790_000_000_000

    let transport: GraphTransport
    let client: GraphClient
    private let seen: Seen

    private final class Seen: Sendable {
        let calls = Mutex<[GraphCall]>([])
    }

    init(_ url: String, token: String = World.token, secret: String = World.secret, timeoutMs: Int64 = 30_000) throws {
        let seen = Seen()
        let settings = try GraphSettings(baseURL: url, timeoutMs: timeoutMs)
        self.seen = seen
        transport = GraphTransport(
            settings: settings, nowMs: { World.nowMs }, observe: { call in seen.calls.withLock { $0.append(call) } })
        client = GraphClient(
            transport: transport, workspace: "belmonte", app: "main",
            credentials: GraphCredentials(token: token, appSecret: secret))
    }

    var calls: [GraphCall] { seen.calls.withLock { $0 } }
}

/// The error of a call; nil when it went well.
func failure<T>(_ body: () async throws(GraphError) -> T) async -> GraphError? {
    do throws(GraphError) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

extension GraphError {
    func disposition(account: String? = "1") -> Disposition {
        disposition(nowMs: World.nowMs, workspace: "belmonte", account: account)
    }
}

extension Disposition {
    /// Its name alone, with what it waits for.
    var word: String {
        switch self {
        case .retry: "retry"
        case .snooze(let untilMs, _): "snooze \(untilMs - World.nowMs)"
        case .hold(let gate, _): "hold \(gate.text)"
        case .split: "split"
        case .cancel: "cancel"
        }
    }

    var reason: Reason {
        switch self {
        case .retry(let reason), .snooze(_, let reason), .hold(_, let reason), .split(let reason), .cancel(let reason): reason
        }
    }
}
