package import CoreMetrics
import Synchronization

/// What the process counts, kept in memory and written in the text format of Prometheus.
///
/// Bounded: a label and its dimensions come from closed enumerations; what comes beyond `seriesMax` is counted as dropped.
package final class PrometheusMetrics: MetricsFactory {
    private static let seriesMax = 2_000

    private struct Key: Hashable {
        let label: String
        let dimensions: [String]
    }

    private struct State {
        var cells: [Key: Cell] = [:]
        var dropped: Int64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions, aggregate ? .summary : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .seconds)
    }

    // Counts go on for as long as the process: a counter is made anew for each increment.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// One family after the other, each sorted by its labels.
    func families() -> [MetricFamily] {
        let (cells, dropped) = state.withLock { ($0.cells, $0.dropped) }
        var families: [String: MetricFamily] = [:]
        for (key, cell) in cells {
            families[key.label, default: MetricFamily(name: key.label, kind: cell.kind.family, help: "Counted by the gateway.")]
                .samples += cell.samples
        }
        var dropping = MetricFamily(
            name: "touchstone_metric_series_dropped_total", kind: .counter, help: "Series beyond the greatest number of them.")
        dropping.add([], Double(dropped))
        return families.values.sorted { $0.name < $1.name } + [dropping]
    }

    private func cell(_ label: String, _ dimensions: [(String, String)], _ kind: Cell.Kind) -> Cell {
        let key = Key(label: label, dimensions: dimensions.flatMap { [$0.0, $0.1] })
        return state.withLock { state in
            if let known = state.cells[key] { return known }
            let made = Cell(kind: kind, labels: dimensions)
            guard state.cells.count < Self.seriesMax else {
                state.dropped += 1
                return made  // counts into nothing
            }
            state.cells[key] = made
            return made
        }
    }
}

/// One series.
private final class Cell: CounterHandler, RecorderHandler, TimerHandler {
    enum Kind: Sendable {
        case counter, gauge, summary, seconds

        var family: MetricFamily.Kind {
            switch self {
            case .counter: .counter
            case .gauge: .gauge
            case .summary, .seconds: .summary
            }
        }
    }

    private struct State {
        var count: Int64 = 0
        var sum: Double = 0
        var last: Double = 0
    }

    let kind: Kind
    private let labels: [(String, String)]
    private let state = Mutex(State())

    init(kind: Kind, labels: [(String, String)]) {
        self.kind = kind
        self.labels = labels
    }

    func increment(by amount: Int64) { state.withLock { $0.count += amount } }
    func reset() { state.withLock { $0.count = 0 } }
    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        state.withLock { state in
            state.count += 1
            state.sum += value
            state.last = value
        }
    }

    var samples: [MetricFamily.Sample] {
        let now = state.withLock { $0 }
        return switch kind {
        case .counter: [.init(labels: labels, value: Double(now.count))]
        case .gauge: [.init(labels: labels, value: now.last)]
        case .summary, .seconds:
            [
                .init(suffix: "_sum", labels: labels, value: now.sum),
                .init(suffix: "_count", labels: labels, value: Double(now.count)),
            ]
        }
    }
}
