import Core
import CoreMetrics
import NIOHTTP1
import Storage
import Testing

@testable import Admin

@Suite("Admin port: how things stand")
struct StandingTests {
    @Test("queues by what they wait for, and how long the oldest has")
    func queues() async throws {
        try await AdminHouse.with { house in
            let ids = try await house.deliver((0..<4).map { AdminHouse.event($0, order: $0 < 2 ? "key" : nil) })
            let nowMs = house.nowMs
            try await house.end(ids[2]) {
                _ = try $0.retry(.jobs, id: $1.id, attempt: $1.attempt, dueAtMs: nowMs + 60_000, reason: "http_503: Away.")
            }
            try await house.end(ids[3]) {
                _ = try $0.kill(.jobs, id: $1.id, attempt: $1.attempt, reason: "gone: Gone.", nowMs: nowMs)
            }
            house.advance(ms: 5_000)
            let rows = try await house.ask("/v1/queues").document["data"]?.items ?? []
            func row(_ queue: String, _ state: String) -> JSON? {
                rows.first { $0["queue"]?.text == queue && $0["state"]?.text == state }
            }
            #expect(row("jobs", "due")?["count"]?.integer == 1 && row("jobs", "due")?["oldest_ms"]?.integer == 5_000)
            #expect(row("jobs", "parked")?["count"]?.integer == 1 && row("jobs", "parked")?["oldest_ms"]?.integer == 5_000)
            #expect(row("jobs", "waiting")?["count"]?.integer == 1 && row("jobs", "dead")?["count"]?.integer == 1)
            #expect(row("deliveries", "due")?["count"]?.integer == 0 && row("conversions", "due")?["count"]?.integer == 0)
        }
    }

    @Test("held work is listed with its gate, and goes when the gate opens")
    func gates() async throws {
        try await AdminHouse.with { house in
            #expect(try await house.ask("/v1/gates").document["data"] == [])
            let id = try await house.deliver([AdminHouse.event()])[0]
            let nowMs = house.nowMs
            try await house.end(id) {
                _ = try $0.hold(
                    .jobs, id: $1.id, attempt: $1.attempt, gate: .token(workspace: "belmonte"), reason: "token_refused: Refused.",
                    nowMs: nowMs)
            }
            _ = try await house.ask("/v1/hold", .POST, body: #"{"scope":"*","until_ms":\#(nowMs + 60_000)}"#)
            house.advance(ms: 1_000)
            let gates = try await house.ask("/v1/gates").document["data"]?.items ?? []
            #expect(gates.compactMap { $0["gate"]?.text } == ["hold:*", "token:belmonte"])
            #expect(gates[0]["until_ms"]?.integer == nowMs + 60_000 && gates[0]["held"] == [])
            #expect(gates[1]["held"]?[0]?["count"]?.integer == 1 && gates[1]["held"]?[0]?["oldest_at_ms"]?.integer == nowMs)
            #expect(gates[1]["reason"]?.text == "token_refused: Refused." && gates[1]["probe_at_ms"]?.integer != nil)
            let queues = try await house.ask("/v1/queues").document["data"]?.items ?? []
            #expect(
                queues.contains {
                    $0["state"]?.text == "held" && $0["gate"]?.text == "token:belmonte" && $0["oldest_ms"]?.integer == 1_000
                })
        }
    }

    @Test("the gateways that serve the database, and which of them answers")
    func gateways() async throws {
        try await AdminHouse.with { house in
            let nowMs = house.nowMs
            try await house.store.write { try $0.report(presence: nowMs, program: "touchstone", host: "<b>host</b>", pid: 7) }
            let gateways = try await house.ask("/v1/gateways").document["data"]?.items ?? []
            #expect(gateways.count == 1 && gateways[0]["is_this"] == true && gateways[0]["host"]?.text == "<b>host</b>")
        }
    }

    @Test("the gateway that answers is listed where nothing has said yet that it serves, as on a file of its own")
    func thisGateway() async throws {
        try await AdminHouse.with { house in
            house.advance(ms: 5_000)
            let gateways = try await house.ask("/v1/gateways").document["data"]?.items ?? []
            #expect(gateways.count == 1)
            let this = try #require(gateways.first)
            #expect(this["is_this"] == true && this["is_here"] == true && this["boot_id"]?.text == house.store.bootID)
            #expect(
                this["host"]?.text?.isEmpty == false && (this["pid"]?.integer ?? 0) > 1 && this["program"]?.text == "touchstone")
            #expect(this["since_ms"]?.integer == AdminHouse.start && this["seen_at_ms"]?.integer == house.nowMs)
        }
    }

    @Test("figures for Prometheus: queues, store, process, and what the process counts")
    func metrics() async throws {
        try await AdminHouse.with { house in
            try await house.deliver([AdminHouse.event()])
            let answer = try await house.ask("/metrics", token: AdminHouse.readToken)
            #expect(answer.headers.first(name: "content-type")?.hasPrefix("text/plain; version=0.0.4") == true)
            let lines = Set(answer.text.split(separator: "\n").map(String.init))
            for line in [
                #"touchstone_queue_depth{queue="jobs",state="due"} 1"#, #"touchstone_queue_depth{queue="jobs",state="held"} 0"#,
                #"touchstone_queue_oldest_age_seconds{queue="jobs",state="due"} 0"#, "touchstone_store_failing 0",
                #"touchstone_things_done_total{kind="a\"b"} 7"#, "# TYPE touchstone_things_done_total counter",
            ] { #expect(lines.contains(line), "\(line)") }
            #expect(
                lines.contains { $0.hasPrefix("process_resident_memory_bytes ") }
                    && lines.contains { $0.hasPrefix("touchstone_up_seconds ") })
            let sample = #/[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? [-+0-9.eE]+/#
            for line in lines where !line.hasPrefix("#") { #expect(line.wholeMatch(of: sample) != nil, "\(line)") }
        }
    }

    @Test("the same label and dimensions count into the same series")
    func counts() {
        let metrics = PrometheusMetrics()
        for _ in 0..<3 { metrics.makeCounter(label: "a_total", dimensions: [("x", "1")]).increment(by: 2) }
        metrics.makeTimer(label: "b_seconds", dimensions: []).recordNanoseconds(1_500_000_000)
        metrics.makeRecorder(label: "c", dimensions: [], aggregate: false).record(4.25)
        let text = metrics.families().map(\.text).joined()
        #expect(
            text.contains("a_total{x=\"1\"} 6\n") && text.contains("b_seconds_sum 1.5\n") && text.contains("b_seconds_count 1\n"))
        #expect(text.contains("# TYPE c gauge\nc 4.25\n"))
    }

    @Test("series are bounded, and what comes beyond is told")
    func series() {
        let metrics = PrometheusMetrics()
        for number in 0..<2_010 { metrics.makeCounter(label: "a_total", dimensions: [("x", "\(number)")]).increment(by: 1) }
        #expect(metrics.families().map(\.text).joined().contains("touchstone_metric_series_dropped_total 10\n"))
    }
}
