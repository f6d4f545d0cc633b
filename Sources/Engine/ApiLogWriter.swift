import Core
import GraphAPI
import Logging
import Storage
import Synchronization

/// Writes the calls of the Graph API down, as many together as have come since the last commit.
struct ApiLogWriter: Sendable {
    let store: Store
    let calls: AsyncStream<GraphCall>
    let logger: Logger
    /// Called at every look.
    let turned: @Sendable () -> Void
    private let waiting = Waiting()

    /// Calls that wait while nothing can be stored; more are dropped, the oldest first.
    private static let waitingMax = 10_000
    private static let perWriteMax = 256
    private static let pollMs: Int64 = 2_000

    private final class Waiting: Sendable {
        let calls = Mutex<[GraphCall]>([])
    }

    init(store: Store, calls: AsyncStream<GraphCall>, logger: Logger, turned: @escaping @Sendable () -> Void) {
        self.store = store
        self.calls = calls
        self.logger = logger
        self.turned = turned
    }

    func run() async {
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await call in calls {
                    waiting.calls.withLock { waiting in
                        waiting.append(call)
                        if waiting.count > Self.waitingMax { waiting.removeFirst(waiting.count - Self.waitingMax) }
                    }
                    look.yield()
                }
                look.finish()
            }
            group.addTask {
                while !Task.isCancelled {
                    do { try await Task.sleep(for: .milliseconds(Self.pollMs)) } catch { break }
                    look.yield()
                }
            }
            for await _ in looks {
                turned()
                await writeAll()
            }
            group.cancelAll()
        }
        await writeAll()
    }

    private func writeAll() async {
        while true {
            let some = waiting.calls.withLock { waiting in
                defer { waiting.removeFirst(min(waiting.count, Self.perWriteMax)) }
                return Array(waiting.prefix(Self.perWriteMax))
            }
            guard !some.isEmpty else { return }
            do {
                try await store.write { transaction in
                    for call in some { try transaction.insertApiLog(ApiLog(call)) }
                }
            } catch {
                WorkerStumbled(worker: "api_logs", error: "\(error)").emit(to: logger)
                return
            }
        }
    }
}

extension ApiLog {
    fileprivate init(_ call: GraphCall) {
        self.init(
            workspace: call.workspace, accountID: call.account ?? "", atMs: call.atMs, purpose: call.purpose.rawValue,
            method: call.method, path: call.path, status: call.status, code: call.code, subcode: call.subcode,
            requestID: call.traceID, rows: call.rows, durationMs: call.durationMs)
    }
}
