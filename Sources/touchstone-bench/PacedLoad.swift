import Foundation
import Histogram

/// Acknowledgements at a fixed rate, each counted from the time at which its request should have left.
///
/// A sender that waits for a slow receiver sends late, and would hide just the slowness that is looked for: what it lost counts too.
struct PacedLoad {
    let rate: Int
    let seconds: Int

    /// Answers measured, and their percentiles in milliseconds.
    struct Outcome {
        let answers: Int
        let p50: Double
        let p99: Double
        let p999: Double

        var text: String { "ack p50 \(p50) ms, p99 \(p99) ms, p99.9 \(p999) ms of \(answers) answers" }
    }

    /// `h2load` sends over one connection and writes down when each request left and how long its answer took.
    func run(_ url: String, body: String, signature: String, log: String) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/h2load")
        process.arguments = [
            "-D", "\(seconds)", "-c", "1", "-m", "100", "--rps", "\(rate)", "--log-file", log, "-d", body, "-H",
            "X-Hub-Signature-256: \(signature)", "-H", "content-type: application/json", url,
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        defer { unlink(log) }
        return try read(String(contentsOfFile: log, encoding: .utf8))
    }

    /// Lines of start in µs since 1970, status, µs until the end of the answer.
    private func read(_ log: String) throws -> Outcome {
        var requests: [(start: Int64, took: Int64)] = []
        for line in log.split(separator: "\n") {
            let columns = line.split(separator: "\t")
            guard columns.count >= 3, let start = Int64(columns[0]), let took = Int64(columns[2]) else {
                throw BenchFault.failed("h2load wrote a line that can't be read: \(line)")
            }
            guard columns[1] == "200" else { throw BenchFault.failed("A request was answered \(columns[1]) at \(rate)/s.") }
            requests.append((start, took))
        }
        requests.sort { $0.start < $1.start }
        guard requests.count >= rate * seconds / 2 else {
            throw BenchFault.failed("Only \(requests.count) requests were answered in \(seconds) s at \(rate)/s.")
        }
        let step = 1_000_000 / Double(rate)
        // The first request may have left late itself.
        let origin = requests.enumerated().map { Double($1.start) - Double($0) * step }.min() ?? 0
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        for (number, request) in requests.enumerated() {
            histogram.record(UInt64(max(0, Double(request.start + request.took) - origin - Double(number) * step)))
        }
        func ms(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1_000 }
        return Outcome(answers: requests.count, p50: ms(50), p99: ms(99), p999: ms(99.9))
    }
}
