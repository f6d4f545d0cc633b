import ArgumentParser
import Core
import Foundation
import Gateway
import Signing
import Storage

/// Verified and durable webhooks per second: this program, the same code with one delivery per commit, and whatever peers are given.
struct IntakeBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intake", abstract: "Verified and durable webhooks/s over TLS and HTTP/2 (needs h2load).")

    @Option(help: "Seconds per target.") var seconds = 6
    @Option(help: "Connections.") var connections = 64
    @Option(help: "Streams at once on each.") var streams = 16
    @Option(help: "Requests a second at which acknowledgements are timed.") var paced = 1_000
    @Option(help: "postgres://… of a server where a database may be made, as Tests/postgres.sh start DIR --durable prints it.")
    var postgres: String?
    @Option(name: .customLong("peer"), help: "NAME=URL of a receiver to measure in the same run; may be repeated.") var peers:
        [String] = []

    func run() async throws {
        guard (1...60).contains(seconds) else { throw ValidationError("--seconds: 1 to 60.") }
        let bench = try Workbench("intake")
        let body = "\(bench.folder)/body.json"
        let text =
            #"{"object":"ad_account","entry":[{"id":"1234567890","time":1782862117,"changes":[{"field":"field_changed","value":{"object_id":"120210000000000001","object_type":"ad","changed_fields":["effective_status"]}}]}]}"#
        try text.write(toFile: body, atomically: true, encoding: .utf8)
        let signature = "sha256=" + HMACSHA256.hex(key: Array(Workbench.secret.utf8), Array(text.utf8))
        print("\(connections) connections x \(streams) streams, \(text.utf8.count) bytes, \(seconds) s each")
        print(try Disk.line(in: bench.folder))
        let request = Request(bench: bench, body: body, signature: signature)
        let file = StoreLocation.file("\(bench.folder)/group.db")
        let grouped = try await own(request, file, groupJobsMax: Limits.groupJobsMax)
        report("touchstone on SQLite, adaptive group commit", grouped, beside: grouped)
        let single = try await own(request, .file("\(bench.folder)/single.db"), groupJobsMax: 1)
        report("touchstone on SQLite, one delivery per commit", single, beside: grouped)
        if let postgres {
            let server = try BenchDatabase(serverURL: postgres)
            defer { server.drop() }
            print("  PostgreSQL: \(server.durability)")
            report(
                "touchstone on PostgreSQL", try await own(request, server.location, groupJobsMax: Limits.groupJobsMax),
                beside: grouped)
        }
        for peer in peers {
            let parts = peer.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--peer \(peer): expected NAME=URL.") }
            report(parts[0], try await measure(parts[1], request), beside: grouped)
        }
        print(try Disk.line(in: bench.folder))
        try bench.remove()
    }

    /// What every receiver gets.
    private struct Request {
        let bench: Workbench
        let body: String
        let signature: String
    }

    /// What a receiver did: as fast as it goes, and at a fixed rate.
    private struct Figures {
        let rate: Double
        let paced: PacedLoad.Outcome
    }

    private func measure(_ url: String, _ request: Request) async throws -> Figures {
        let pace = PacedLoad(rate: paced, seconds: seconds)
        let outcome = try await pace.run(url, body: request.body, signature: request.signature)
        return Figures(rate: try load(url, request.body, request.signature), paced: outcome)
    }

    private func own(_ request: Request, _ location: StoreLocation, groupJobsMax: Int) async throws -> Figures {
        let gateway = try await Gateway.build(
            request.bench.settings(at: location), groupJobsMax: groupJobsMax, logger: Workbench.logger)
        let running = Task { try await gateway.run() }
        let figures = try await measure("https://127.0.0.1:\(gateway.port)/webhooks/meta", request)
        let stored = try await gateway.store.read { try $0.deliveryCount() }
        let answered = Int(figures.rate * Double(seconds)) + figures.paced.answers
        print("  \(location.shown): \(stored) rows stored after about \(answered) answers")
        running.cancel()
        _ = await running.result
        return figures
    }

    private func report(_ name: String, _ figures: Figures, beside reference: Figures) {
        let ratio = figures.rate > 0 ? (reference.rate / figures.rate * 100).rounded() / 100 : 0
        print("\(name): \(Int(figures.rate))/s, touchstone on SQLite has \(ratio) x; at \(paced)/s \(figures.paced.text)")
    }

    /// Requests per second as h2load counts them; every answer must be a 2xx.
    private func load(_ url: String, _ body: String, _ signature: String) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/h2load")
        process.arguments = [
            "-D", "\(seconds)", "-c", "\(connections)", "-m", "\(streams)", "-d", body, "-H", "X-Hub-Signature-256: \(signature)",
            "-H", "content-type: application/json", url,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let line = output.split(separator: "\n").first(where: { $0.hasPrefix("finished in") }),
            let rate = line.split(separator: ",").compactMap({ part in
                part.hasSuffix("req/s") ? Double(part.dropLast(5).trimmingCharacters(in: .whitespaces)) : nil
            }).first
        else { throw BenchFault.failed("h2load said nothing that can be read:\n\(output)") }
        let codes = output.split(separator: "\n").first { $0.hasPrefix("status codes") } ?? ""
        guard codes.contains(" 0 3xx, 0 4xx, 0 5xx") else { throw BenchFault.failed("\(url) refused some: \(codes)") }
        return rate
    }
}
