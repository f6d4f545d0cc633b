extension Report {
    /// As the command and the admin port tell it.
    package var document: JSON {
        ["sections": .array(sections.map(\.document)), "doubles": .array(doubles.map(\.document))]
    }
}

extension ReportSection {
    package var document: JSON {
        func counts(_ prefix: String) -> JSON {
            .object(JSONObject(figures(prefix).map { JSONObject.Member(key: $0.name, value: .integer($0.n)) }))
        }
        return [
            "workspace": .string(workspace), "source": .string(source), "dataset": .string(dataset),
            "event_name": .string(eventName), "meant_name": .text(meantName), "received": .integer(received),
            "duplicates": .integer(figure(ReportFigure.duplicates)), "tests": .integer(figure(ReportFigure.tests)),
            "with_event_id": .integer(figure(ReportFigure.withID)), "made_event_id": .integer(figure(ReportFigure.madeID)),
            "consent": counts(ReportFigure.consent), "held": counts(ReportFigure.held), "keys": counts(ReportFigure.key),
            "findings": counts(ReportFigure.finding), "libraries": counts(ReportFigure.appendix),
            "value_minor": counts(ReportFigure.value), "age_seconds": Self.quantiles(ages),
            "delay_seconds": Self.quantiles(delays), "near_7_days": .integer(nearEdge),
            "outcomes": .array(
                outcomes.map {
                    ["state": .string($0.state.rawValue), "reason": .text($0.reason), "events": .integer($0.events)]
                }),
            "last_accepted_at_ms": lastAcceptedMs.map { .integer($0) } ?? .null,
        ]
    }

    /// Events older than six days when they came: soon Meta would not have taken them.
    package var nearEdge: Int64 { ages.suffix(2).reduce(0, +) }

    private static func quantiles(_ counts: [Int64]) -> JSON {
        func quantile(_ share: Double) -> JSON { ReportAge.quantile(share, of: counts).map { .integer($0) } ?? .null }
        return ["p50": quantile(0.5), "p95": quantile(0.95)]
    }
}

extension ReportDouble {
    fileprivate var document: JSON {
        [
            "sign": .string(sign.rawValue), "workspace": .string(workspace), "dataset": .string(dataset),
            "order_id": .text(orderKey), "event_ids": .array(ids.map(JSON.string)),
        ]
    }
}
