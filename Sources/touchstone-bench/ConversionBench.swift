import ArgumentParser
import Core
import Foundation
import Gateway
import Signing
import Storage

/// Durable conversions per second, and how soon they are decoded and at Meta, beside Meta's Python SDK with one insert each.
struct ConversionBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversions",
        abstract: "Durable conversions/s over TLS in requests of 100 (needs wrk), then how fast they are decoded and forwarded.")

    @Option(help: "Seconds of load.") var seconds = 6
    @Option(help: "Connections.") var connections = 16
    @Option(help: "Events in each request.") var events = 100
    @Option(help: "Rounds; each begins with an empty database.") var rounds = 3
    @Option(help: "postgres://… of a server where a database may be made, as Tests/postgres.sh start DIR --durable prints it.")
    var postgres: String?
    @Option(
        help:
            "A running graph-emulator that knows the token T and the dataset 1001, for forwarding; without it nothing is forwarded."
    )
    var graph: String?
    @Option(help: "Python with facebook-business, for the peer; none: no peer.") var python: String?

    func run() async throws {
        guard (1...60).contains(seconds), (1...1_000).contains(events), (1...10).contains(rounds) else {
            throw ValidationError("--seconds: 1 to 60; --events: 1 to 1000; --rounds: 1 to 10.")
        }
        let bench = try Workbench("conversions")
        let script = "\(bench.folder)/load.lua"
        try lua.write(toFile: script, atomically: true, encoding: .utf8)
        print(
            "\(connections) connections, requests of \(events) events of about 700 bytes, \(seconds) s each; every event_id is new"
        )
        print(try Disk.line(in: bench.folder))
        for round in 1...rounds {
            try await measure(bench, .file("\(bench.folder)/round\(round).db"), script, "SQLite, round \(round)")
        }
        if let postgres {
            for round in 1...rounds {
                let server = try BenchDatabase(serverURL: postgres)
                defer { server.drop() }
                try await measure(bench, server.location, script, "PostgreSQL (\(server.durability)), round \(round)")
            }
        }
        if let python { print(try Self.output(python, ["Tests/SDK/normalise.py"])) }
        print(try Disk.line(in: bench.folder))
        try bench.remove()
    }

    /// One request after the other on each connection; ids and people that no other request has. Only these are put into texts made
    /// before: whoever makes the load takes from the same cores.
    private var lua: String {
        """
        local thread_number = 0
        function setup(thread) thread:set("own", thread_number); thread_number = thread_number + 1 end
        local count = 0
        local head = {["content-type"] = "application/json"}
        local begin = math.floor(os.time())
        local event = '{"event_name":"Purchase","event_time":BEGIN,"event_id":"bench-BEGIN-@-PLACE","action_source":"website",' ..
            '"event_source_url":"https://shop.example/checkout/thanks?order=@-PLACE","user_data":{"em":["jane@-PLACE@shop.example"],' ..
            '"ph":"+48 600 1PLACE","fn":"Jane","ln":"Kowalska","ct":"Warszawa","zp":"00-001","country":"pl","external_id":"customer-@-PLACE",' ..
            '"client_user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",' ..
            '"client_ip_address":"203.0.113.7","fbp":"fb.1.BEGIN000.1098115397"},' ..
            '"custom_data":{"value":129.9,"currency":"EUR","order_id":"BEGIN-@-PLACE","consent":true,' ..
            '"contents":[{"id":"sku-1","quantity":2,"item_price":64.95}]}}'
        local parts, holes = {}, {}
        for place = 1, \(events) do
          local one = (place > 1 and "," or '{"access_token":"bench-token","data":[') ..
            event:gsub("BEGIN", begin):gsub("PLACE", string.format("%05d", place)):gsub("@shop", "#shop")
          for text in (one .. "@"):gmatch("([^@]*)@") do
            parts[#parts + 1] = (text:gsub("#shop", "@shop"))
            parts[#parts + 1] = ""
            holes[#holes + 1] = #parts
          end
          holes[#holes] = nil
        end
        parts[#parts + 1] = "]}"
        function request()
          count = count + 1
          local id = own .. "x" .. count
          for i = 1, #holes do parts[holes[i]] = id end
          return wrk.format("POST", "/v26.0/1001/events", head, table.concat(parts))
        end
        """
    }

    private func settings(_ bench: Workbench, _ location: StoreLocation) -> Settings {
        var settings = bench.settings(
            at: location, graphURL: graph ?? "http://127.0.0.1:9",
            workspaces: [.init(name: "bench", app: "main", token: Secret("T"), accounts: ["1000"], actOn: [])])
        settings.sources = [
            Settings.Source(
                name: "shop", workspace: "bench", tokens: [Secret("bench-token")], secrets: [], datasets: ["1001"],
                consent: ConsentPolicy(path: ["custom_data", "consent"], without: .drop))
        ]
        let chain = graph == nil ? ["attribute"] : ["forward_conversion", "attribute"]
        settings.routes = [
            Route(
                ordinal: 0, name: "conversions", match: RouteMatch(objects: ["conversion"], fields: []),
                chain: chain.map { ChainStep(handler: $0) })
        ]
        settings.limits.perSource = BudgetLimits(requests: nil, bytes: nil)
        return settings
    }

    private func measure(_ bench: Workbench, _ location: StoreLocation, _ script: String, _ name: String) async throws {
        let gateway = try await Gateway.build(settings(bench, location), logger: Workbench.logger)
        let running = Task { try await gateway.run() }
        let begin = ContinuousClock.now
        let output = try Self.output(
            "/usr/bin/wrk",
            [
                "-t", "2", "-c", "\(connections)", "-d", "\(seconds)s", "--latency", "-s", script,
                "https://127.0.0.1:\(gateway.port)",
            ])
        guard let rate = Self.figure("Requests/sec:", output) else {
            throw BenchFault.failed("wrk said nothing that can be read:\n\(output)")
        }
        guard !output.contains("Non-2xx") else { throw BenchFault.failed("Some requests were refused:\n\(output)") }
        let loadSeconds = Self.seconds(since: begin)
        try await Task.sleep(for: .milliseconds(100))  // what wrk no longer waits for is stored, too
        let stored = try await gateway.store.read { try $0.deliveryCount() }
        let decodedThen = try await count("SELECT COUNT(*) AS count FROM conversion_events", gateway)
        let latency = ["50%", "99%"].map { "\($0) " + (Self.word(after: "   \($0)", output) ?? "?") }.joined(separator: ", ")
        print(
            "\(name): \(Int(rate * Double(events))) events/s durable (\(stored * Int64(events)) stored), answer \(latency); "
                + "decoded meanwhile \(decodedThen)")
        try await finish(gateway, stored * Int64(events), decodedThen, after: loadSeconds)
        running.cancel()
        _ = await running.result
    }

    /// Waits until all is decoded, and forwarded where somebody takes it.
    private func finish(_ gateway: Gateway, _ all: Int64, _ decodedThen: Int64, after loadSeconds: Double) async throws {
        let (begin, cpuSeconds) = (ContinuousClock.now, Self.cpuSeconds)
        try await until { try await count("SELECT COUNT(*) AS count FROM conversion_events", gateway) >= all }
        let took = Self.seconds(since: begin)
        let left = Double(max(1, all - decodedThen))
        print(
            "    decoded after it: \(all - decodedThen) events in \(Self.short(took)) s, \(Int(left / max(took, 0.001)))/s"
        )
        try await until { try await count("SELECT COUNT(*) AS count FROM jobs WHERE state = 'open'", gateway) == 0 }
        print(
            "    through their chains after \(Self.short(Self.seconds(since: begin))) s, "
                + "\(Int((Self.cpuSeconds - cpuSeconds) * 1e6 / left)) µs of CPU for each event")
        guard graph != nil else { return }
        let done = "SELECT COUNT(*) AS count FROM conversion_events WHERE state <> 'waiting'" as Statement
        try await until { try await count(done, gateway) >= all }
        let refused = try await count("SELECT COUNT(*) AS count FROM conversion_events WHERE state <> 'forwarded'", gateway)
        let whole = Self.seconds(since: begin) + loadSeconds
        print(
            "    all at Meta \(Self.short(whole)) s after the first was sent: \(Int(Double(all) / whole)) forwarded/s, "
                + "\(Int((Self.cpuSeconds - cpuSeconds) * 1e6 / left)) µs of CPU for each event; \(refused) not forwarded")
    }

    private func count(_ statement: Statement, _ gateway: Gateway) async throws -> Int64 {
        try await gateway.store.read { try $0.run(statement)[0].int64("count") }
    }

    private func until(_ holds: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(600)
        while try await !holds() {
            guard ContinuousClock.now < deadline else { throw BenchFault.failed("It took more than 600 s.") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Of this process, without wrk: what to compare on a machine that others use, too.
    private static var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func seconds(since begin: ContinuousClock.Instant) -> Double {
        let took = ContinuousClock.now - begin
        return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
    }

    private static func short(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10)" }

    private static func word(after label: String, _ output: String) -> String? {
        output.split(separator: "\n").first { $0.contains(label) }?.split(separator: " ").last.map(String.init)
    }

    private static func figure(_ label: String, _ output: String) -> Double? { word(after: label, output).flatMap(Double.init) }

    private static func output(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchFault.failed("\(program) failed:\n\(output)") }
        return output
    }
}
