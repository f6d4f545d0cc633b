import Core
import GraphAPI
import Logging
import Storage

/// Writes the calls of the Graph API down, as many together as have come.
struct ApiLogWriter: Sendable {
    let store: Store
    let calls: AsyncStream<GraphCall>
    let logger: Logger

    func run() async {
        for await call in calls {
            let log = ApiLog(
                workspace: call.workspace, accountID: call.account ?? "", atMs: call.atMs, purpose: call.purpose.rawValue,
                method: call.method, path: call.path, status: call.status, code: call.code, subcode: call.subcode,
                requestID: call.traceID,
                rows: call.rows, durationMs: call.durationMs)
            do {
                try await store.write { try $0.insertApiLog(log) }
            } catch {
                WorkerStumbled(worker: "api_logs", error: "\(error)").emit(to: logger)
            }
        }
    }
}
