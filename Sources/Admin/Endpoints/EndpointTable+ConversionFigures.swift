import Core
import HTTPTypes
import Storage

/// What became of orders, and what conversions are like.
extension EndpointTable {
    var conversionFigures: [Endpoint] { [ledger, conversionReport] }

    private static let ofConversions: [Parameter] = [
        .workspace, .query("source", .text(max: 64), "Only of this source."),
        .query("dataset", .text(max: 32), "Only to this dataset."),
    ]

    private static func filter(_ call: Call) -> ReportFilter {
        var filter = ReportFilter()
        filter.workspace = call.text("workspace")
        filter.source = call.text("source")
        filter.dataset = call.text("dataset")
        filter.sinceMs = call.number("since")
        filter.untilMs = call.number("until")
        return filter
    }

    private var ledger: Endpoint {
        Endpoint(
            method: .get, path: "/v1/conversions/ledger", name: "readLedger",
            summary: "Every order seen = accepted by Meta + left out with a reason + quarantined + waiting, for each source.",
            access: .read,
            parameters: Self.ofConversions + [
                .query(
                    "event", .text(max: 128),
                    "The name of the events that are orders; `any` for all that name one. By default `Purchase`."),
                .since("received, by default 30 days ago,"), .until("received"),
            ],
            answer: .list("Ledger"),
            run: { call in
                var sources = Self.filter(call)
                (sources.sinceMs, sources.untilMs) = (nil, nil)
                let whose = sources
                var documents: [JSON] = []
                for (workspace, source) in try await store.read({ try $0.reportedSources(whose) }) {
                    var filter = LedgerFilter(workspace: workspace, source: source)
                    filter.dataset = call.text("dataset")
                    let event = call.text("event") ?? "Purchase"
                    filter.eventName = event == "any" ? nil : event
                    filter.sinceMs = call.number("since") ?? LedgerFilter.defaultSinceMs(nowMs: call.nowMs)
                    filter.untilMs = call.number("until")
                    documents.append(try await store.ledger(filter).document(filter))
                }
                return .document(["data": .array(documents), "next_cursor": .null])
            })
    }

    private var conversionReport: Endpoint {
        Endpoint(
            method: .get, path: "/v1/conversions/report", name: "reportConversions",
            summary: "Match keys, freshness, findings and outcomes by source, dataset and event name, in whole hours.",
            access: .read,
            parameters: Self.ofConversions + [.since("received, by default 7 days ago,"), .until("received")],
            answer: .document("ConversionReport"),
            run: { call in
                var filter = Self.filter(call)
                filter.sinceMs = filter.sinceMs ?? max(0, call.nowMs - 7 * 86_400_000)
                return .document(try await store.report(filter).document)
            })
    }
}
