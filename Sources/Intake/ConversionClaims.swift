import Core
import Signing

/// Whom requests to a dataset claim to be from, before their token is read, and what they may have under way.
///
/// The token often stands in the body; the dataset stands in the path.
struct ConversionClaims: Sendable {
    struct Claim: Sendable {
        /// Counts the bytes: the source's own, unless several share the dataset.
        let bytes: Budget
        /// Of every source that may write there.
        let sources: [Budget]
        /// Its place among the parsers' queues.
        let lane: Int

        func hasRoom(nowMs: @autoclosure () -> Int64) -> Bool {
            for source in sources where source.hasRoom(nowMs: nowMs()) { return true }
            return sources.isEmpty
        }
    }

    private let byDataset: [String: Claim]
    private let bySource: [String: Budget]
    /// Nobody's dataset.
    private let stranger: Claim

    init(_ sources: [SourceSecrets], _ limits: BudgetLimits, _ shelf: BudgetShelf) {
        let budgets = sources.map { shelf.budget("source", $0.name, limits) }
        bySource = Dictionary(zip(sources.map(\.name), budgets), uniquingKeysWith: { first, _ in first })
        stranger = Claim(bytes: shelf.budget("source", "", limits), sources: [], lane: 0)
        let datasets = sources.reduce(into: Set<String>()) { $0.formUnion($1.datasets) }.sorted()
        var lanes: [[Int]: Claim] = [:]
        var claims: [String: Claim] = [:]
        for dataset in datasets {
            let places = sources.indices.filter { sources[$0].datasets.contains(dataset) }
            let owners = places.map { budgets[$0] }
            let claim =
                lanes[places]
                ?? Claim(
                    bytes: owners.count == 1 ? owners[0] : shelf.budget("dataset", dataset, limits), sources: owners,
                    lane: lanes.count + 1)
            lanes[places] = claim
            claims[dataset] = claim
        }
        byDataset = claims
    }

    func claim(on dataset: String) -> Claim { byDataset[dataset] ?? stranger }

    /// Of a source that was found right.
    func budget(of source: String) -> Budget { bySource[source] ?? stranger.bytes }
}
