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
        let grouped = try await own(bench, "group.db", groupJobsMax: Limits.groupJobsMax, body, signature)
        let single = try await own(bench, "single.db", groupJobsMax: 1, body, signature)
        report("touchstone, adaptive group commit", grouped, beside: grouped)
        report("touchstone, one delivery per commit", single, beside: grouped)
        for peer in peers {
            let parts = peer.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--peer \(peer): expected NAME=URL.") }
            report(parts[0], try load(parts[1], body, signature), beside: grouped)
        }
        print(try Disk.line(in: bench.folder))
        try bench.remove()
    }

    private func own(
        _ bench: Workbench, _ database: String, groupJobsMax: Int, _ body: String, _ signature: String
    ) async throws -> Double {
        let gateway = try await Gateway.build(
            bench.settings(database: database), groupJobsMax: groupJobsMax, logger: Workbench.logger)
        let running = Task { try await gateway.run() }
        let rate = try load("https://127.0.0.1:\(gateway.port)/webhooks/meta", body, signature)
        let stored = try await gateway.store.read { try $0.deliveryCount() }
        print("  \(database): \(stored) rows stored after \(Int(rate * Double(seconds))) answers of about \(seconds) s")
        running.cancel()
        _ = await running.result
        return rate
    }

    private func report(_ name: String, _ rate: Double, beside reference: Double) {
        let ratio = reference > 0 && rate > 0 ? (reference / rate * 100).rounded() / 100 : 0
        print("\(name): \(Int(rate))/s, touchstone has \(ratio) x")
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
