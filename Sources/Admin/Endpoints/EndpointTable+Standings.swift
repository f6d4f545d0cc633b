import Core
import HTTPTypes
import Hummingbird
import Storage

/// How things stand: queues, what is held, who serves, figures.
extension EndpointTable {
    var standings: [Endpoint] { [queues, gates, gateways, metrics] }

    private var queues: Endpoint {
        Endpoint(
            method: .get, path: "/v1/queues", name: "listQueues",
            summary: "How much lies in each queue, by what it waits for, and how long the oldest of it has.", access: .read,
            answer: .list("Queue"),
            run: { call in
                let standings = try await store.read { try $0.depths(nowMs: call.nowMs) }
                return .document(["data": .array(standings.map(\.document)), "next_cursor": .null])
            })
    }

    private var gates: Endpoint {
        Endpoint(
            method: .get, path: "/v1/gates", name: "listGates",
            summary: "Closed gates and operators' holds, with the work that each holds back.", access: .read,
            answer: .list("Gate"),
            run: { call in
                let standings = try await store.read { try GateStanding.all(in: $0, nowMs: call.nowMs) }
                return .document(["data": .array(standings.map(\.document)), "next_cursor": .null])
            })
    }

    private var gateways: Endpoint {
        Endpoint(
            method: .get, path: "/v1/gateways", name: "listGateways", summary: "The gateways that serve this database.",
            access: .read,
            answer: .list("Gateway"),
            run: { call in
                let found = try await store.read { try $0.gateways(nowMs: call.nowMs, withinMs: Self.seenMs) }
                // Only gateways that share a database write down that they are there, and not before their first beat.
                let isListed = found.contains { $0.bootID == store.bootID }
                let all = isListed ? found : found + [presence(nowMs: call.nowMs)]
                let documents = all.map { $0.document(isThis: $0.bootID == store.bootID, nowMs: call.nowMs) }
                return .document(["data": .array(documents), "next_cursor": .null])
            })
    }

    /// This process, which answers just now.
    private func presence(nowMs: Int64) -> Presence {
        Presence(
            bootID: store.bootID, host: ProcessFigures.host, pid: ProcessFigures.pid, program: "touchstone", sinceMs: startedAtMs,
            seenAtMs: nowMs, holdsSeen: -1)
    }

    /// A gateway that was not seen for a day is no longer listed.
    private static let seenMs: Int64 = 86_400_000

    private var metrics: Endpoint {
        Endpoint(
            method: .get, path: "/metrics", name: "scrape", summary: "Figures for Prometheus.", access: .read,
            answer: .text("text/plain; version=0.0.4; charset=utf-8"),
            run: { call in
                var text = figures(nowMs: call.nowMs).map(\.text).joined()
                // Figures of the process are wanted most when the store does not answer.
                do {
                    text += QueueStanding.families(try await store.read { try $0.depths(nowMs: call.nowMs) }).map(\.text).joined()
                } catch {
                    text += "# The queues could not be read.\n"
                }
                return .text(text, type: "text/plain; version=0.0.4; charset=utf-8")
            })
    }

    /// What is known without asking the store.
    private func figures(nowMs: Int64) -> [MetricFamily] {
        let health = store.health
        let age = health.lastCommitAtMs > 0 ? Double(nowMs - health.lastCommitAtMs) / 1_000 : 0
        let facts: [(String, MetricFamily.Kind, String, Double?)] = [
            ("touchstone_up_seconds", .gauge, "Since the start.", Double(nowMs - startedAtMs) / 1_000),
            ("process_resident_memory_bytes", .gauge, "Memory in use.", ProcessFigures.residentBytes.map(Double.init)),
            ("process_cpu_seconds_total", .counter, "Processor time.", ProcessFigures.cpuSeconds),
            ("touchstone_store_commits_total", .counter, "Group commits.", Double(health.commits)),
            ("touchstone_store_last_commit_age_seconds", .gauge, "Since the last commit.", age),
            ("touchstone_store_failing", .gauge, "1: the last group did not get to the disk.", health.lastFailure == nil ? 0 : 1),
            ("touchstone_store_waiting_jobs", .gauge, "Writes that wait for the writer.", Double(health.waitingJobs)),
            ("touchstone_store_wal_pages", .gauge, "Pages in the write-ahead log.", Double(health.walPages)),
        ]
        let families = facts.compactMap { name, kind, help, value in
            value.map { MetricFamily(name: name, kind: kind, help: help, samples: [.init(labels: [], value: $0)]) }
        }
        return families + (telemetry.metrics?.families() ?? [])
    }
}
